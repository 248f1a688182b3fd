import Autoscalers
import Kernel

/// A value in a snapshot or manifest, with the way to it, and the readings of it that are needed.
///
/// Numbers that are too large stay at the end of their range; what is of the wrong kind is an error.
struct Field {
    let node: Node
    let path: String
    /// Whether it is of a cluster's file, all of whose fields the API server knows.
    let isManifest: Bool

    init(_ node: Node, path: String = "", isManifest: Bool = false) {
        self.node = node
        self.path = path
        self.isManifest = isManifest
    }

    func failure(_ message: String, _ remedy: String) -> SnapshotError {
        SnapshotError(line: node.line, path: path, message: message, remedy: remedy)
    }

    private func expected(_ what: String) -> SnapshotError {
        failure("expected \(what), found \(node.kind)", "write \(what) here")
    }
}

// MARK: Objects and lists

extension Field {
    /// The members of an object, by name.
    func members() throws(SnapshotError) -> [String: Node] {
        guard case .map(let members) = node.content else { throw expected("an object") }
        return members
    }

    func child(_ key: String, _ node: Node) -> Field {
        Field(node, path: path.isEmpty ? key : "\(path).\(key)", isManifest: isManifest)
    }

    /// A member of an object; `nil` if it is absent or null.
    func member(_ key: String) throws(SnapshotError) -> Field? {
        guard let node = try members()[key], !node.isNull else { return nil }
        return child(key, node)
    }

    func required(_ key: String) throws(SnapshotError) -> Field {
        guard let member = try member(key) else {
            throw SnapshotError(
                line: node.line, path: child(key, node).path, message: "is missing",
                remedy: "add the field; docs/evaluate.md lists what is needed")
        }
        return member
    }

    /// Refuses members of other names than `keys`. In a snapshot only what looks like a slip of the pen: it may have
    /// keys of its own.
    func allow(_ keys: [String]) throws(SnapshotError) {
        for (key, node) in try members().sorted(by: { $0.key < $1.key })
        where !keys.contains(key) {
            let nearest = NearestName.nearest(to: key, among: keys)
            guard isManifest || nearest != nil else { continue }
            throw child(key, node).failure(
                "is no field that is known here",
                nearest.map { "write `\($0)`" }
                    ?? "remove it; the fields are \(keys.joined(separator: ", "))")
        }
    }

    /// The items of a list.
    func items() throws(SnapshotError) -> [Field] {
        guard case .list(let items) = node.content else { throw expected("a list") }
        return items.enumerated().map {
            Field($0.element, path: "\(path)[\($0.offset)]", isManifest: isManifest)
        }
    }

    /// The items of a list that is a member; none if it is absent or null.
    func items(_ key: String) throws(SnapshotError) -> [Field] {
        try member(key)?.items() ?? []
    }
}

// MARK: Single values

extension Field {
    func text() throws(SnapshotError) -> String {
        guard case .text(let text) = node.content else { throw expected("a text") }
        return text
    }

    /// A text, or a number or boolean as it is spelt.
    func spelling() throws(SnapshotError) -> String {
        switch node.content {
        case .text(let text), .number(let text): return text
        case .bool(let value): return value ? "true" : "false"
        case .null, .list, .map: throw expected("a text")
        }
    }

    func bool() throws(SnapshotError) -> Bool {
        guard case .bool(let value) = node.content else { throw expected("true or false") }
        return value
    }

    /// A quantity as Kubernetes writes it, or a number.
    func quantity() throws(SnapshotError) -> Quantity {
        switch node.content {
        case .text(let text), .number(let text):
            guard let quantity = Quantity(text) else {
                throw failure(
                    "\(node.kind) is not a quantity", "write it as \"300m\", \"1.5\" or \"512Ki\"")
            }
            return quantity
        case .null, .bool, .list, .map: throw expected("a quantity")
        }
    }

    /// A number that is not negative, with a fraction.
    func ratio() throws(SnapshotError) -> Double {
        let quantity = try quantity()
        guard quantity >= .zero else {
            throw failure("\(node.kind) is negative", "write 0 or more")
        }
        return quantity.double
    }

    /// A quantity above zero.
    func positiveQuantity() throws(SnapshotError) -> Quantity {
        let quantity = try quantity()
        guard quantity > .zero else {
            throw failure("\(node.kind) is not above zero", "write more than 0")
        }
        return quantity
    }

    /// A whole number, at most 2³¹ - 1.
    ///
    /// `least`, `most`: smaller and larger numbers are an error.
    func count(
        atLeast least: Int = 0, atMost most: Int = ReplicaCount.largest
    ) throws(SnapshotError) -> Int {
        guard case .number(let text) = node.content, let quantity = Quantity(text),
            quantity.nanounits % 1_000_000_000 == 0
        else { throw expected("a whole number") }
        let whole = min(quantity.nanounits / 1_000_000_000, Int128(ReplicaCount.largest))
        guard whole >= Int128(least) else {
            throw failure("\(node.kind) is less than \(least)", "write \(least) or more")
        }
        guard whole <= Int128(most) else {
            throw failure("\(node.kind) is more than \(most)", "write \(most) or less")
        }
        return Int(whole)
    }

    /// Seconds, with a fraction, kept within ±63 years.
    func duration() throws(SnapshotError) -> SimulatedDuration {
        guard case .number(let text) = node.content, let quantity = Quantity(text) else {
            throw expected("a number of seconds")
        }
        let longest = Int128(2_000_000_000) * 1_000_000_000
        return SimulatedDuration(
            nanoseconds: Int64(min(max(quantity.nanounits, -longest), longest)))
    }

    /// A duration that is not negative.
    func period() throws(SnapshotError) -> SimulatedDuration {
        let duration = try duration()
        guard duration >= .zero else {
            throw failure("\(node.kind) is negative", "write 0 or more seconds")
        }
        return duration
    }

    /// The instant that lies so many seconds before `now`.
    func age(at now: SimulatedInstant) throws(SnapshotError) -> SimulatedInstant {
        now - (try duration())
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) throws(SnapshotError) -> Choice where Choice.RawValue == String {
        let text = try text()
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue)
            let nearest = NearestName.nearest(to: text, among: known).map { "write \($0), or " }
            throw failure(
                "unknown value \"\(text.prefix(40))\"",
                (nearest ?? "write ") + "one of \(known.joined(separator: ", "))")
        }
        return choice
    }
}
