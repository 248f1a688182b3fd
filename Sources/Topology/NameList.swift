import Kernel

/// Names that a file gives to things of one kind, known before anything that refers to them is read.
struct NameList {
    /// What a name stands for, such as `keyspace`.
    let kind: String
    /// Where such things are written, such as ``keyspaces``.
    let place: String
    let names: [String]

    /// The index of what `field` names; logs and answers nil when there is no such thing.
    func index(_ field: Field) -> Int? {
        guard let name = field.scalar(wanted: "the name of a \(kind)") else { return nil }
        if let index = names.firstIndex(of: name) { return index }
        let hint =
            NearestName.nearest(to: name, among: names, log: field.log).map { "write `\($0)`, or " }
            ?? ""
        let known =
            names.isEmpty || names.count > 12 ? "" : "; there is \(names.joined(separator: ", "))"
        field.fail(
            "there is no \(kind) `\(Quantity.shortened(name))`",
            hint + "add it under \(place)" + known)
        return nil
    }
}
