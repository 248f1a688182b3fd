import Kernel

/// Reads a mapping by its ``FormatObject``: refuses unknown and missing keys, supplies defaults.
///
/// Bounds and defaults come from the format table, so the schema cannot say anything else. An accessor
/// answers nil for a key that is absent without a default, and for one that is wrong and was logged.
struct ObjectReader {
    let field: Field
    private let object: FormatObject
    private let values: [String: Field]

    /// Logs and answers nil when `field` is no mapping.
    init?(_ name: FormatObject.Name, _ field: Field) {
        let object = TopologyFormat.object(name)
        guard case .mapping(let entries) = field.node.content else {
            let keys = object.keys.map { "`\($0.name)`" }.joined(separator: ", ")
            field.fail(
                "\(field.node.kind) where a mapping is wanted", "write a mapping with keys \(keys)")
            return nil
        }
        var values: [String: Field] = [:]
        for entry in entries {
            if object.key(entry.key) != nil {
                values[entry.key] = field.child(entry)
            } else {
                Self.refuse(entry, in: field, of: object)
            }
        }
        self.field = field
        self.object = object
        self.values = values
        requireKeys()
    }

    private static func refuse(_ entry: YAMLNode.Entry, in field: Field, of object: FormatObject) {
        let names = object.keys.map(\.name)
        let all = names.map { "`\($0)`" }.joined(separator: ", ")
        let remedy: String
        if let hint = object.misplaced[entry.key] {
            remedy = hint
        } else if let nearest = NearestName.nearest(
            to: entry.key, among: names, log: field.log)
        {
            remedy = "write `\(nearest)`; the keys here are \(all)"
        } else {
            remedy = "remove it; the keys here are \(all)"
        }
        field.log.add(
            line: entry.keyLine, column: entry.keyColumn, path: field.path.description,
            message: "unknown key `\(Quantity.shortened(entry.key))`", remedy: remedy)
    }

    private func requireKeys() {
        for key in object.keys where key.isRequired && !has(key.name) {
            field.fail("`\(key.name)` is missing", "add `\(key.name):` (\(key.summary))")
        }
        guard !object.exactlyOneOf.isEmpty else { return }
        let present = object.exactlyOneOf.filter(has)
        guard present.count != 1 else { return }
        let all = object.exactlyOneOf.map { "`\($0)`" }.joined(separator: ", ")
        if present.isEmpty {
            field.fail("nothing says what this is", "add exactly one of \(all)")
        } else {
            let found = present.map { "`\($0)`" }.joined(separator: " and ")
            field.fail("\(found) exclude each other", "keep exactly one of \(all)")
        }
    }

    /// Whether the key is there and has a value.
    func has(_ name: String) -> Bool { self[name] != nil }

    /// The value of `name`, if it is there.
    subscript(name: String) -> Field? {
        guard let value = values[name], !value.node.isNull else { return nil }
        return value
    }

    /// The first of the keys of which exactly one must be there.
    var chosen: (name: String, value: Field)? {
        for name in object.exactlyOneOf {
            if let value = self[name] { return (name, value) }
        }
        return nil
    }

    /// The value of `name` or else its default, as if that stood in the file.
    func valueOrDefault(_ name: String) -> Field? {
        if let value = self[name] { return value }
        guard let text = object.key(name)?.defaultText else { return nil }
        let node = YAMLNode(
            line: field.node.line, column: field.node.column,
            content: .scalar(text, isPlain: true))
        return Field(node: node, path: .key(field.path, name), log: field.log)
    }
}

// MARK: - Typed access

extension ObjectReader {
    func duration(_ name: String) -> SimulatedDuration? {
        guard case .duration(let isPositive) = type(name) else { return nil }
        return valueOrDefault(name)?.duration(isPositive: isPositive)
    }

    func seconds(_ name: String) -> Double? {
        guard case .duration(let isPositive) = type(name) else { return nil }
        return valueOrDefault(name)?.seconds(isPositive: isPositive)
    }

    func rate(_ name: String) -> Double? { valueOrDefault(name)?.rate() }

    func cores(_ name: String) -> Int? {
        guard case .cores(let range) = type(name) else { return nil }
        return valueOrDefault(name)?.cores(range)
    }

    func count(_ name: String) -> Int? {
        guard case .count(let range) = type(name) else { return nil }
        return valueOrDefault(name)?.count(range)
    }

    func number(_ name: String) -> Double? {
        guard case .number(let range, let excludesLowerBound) = type(name) else { return nil }
        return valueOrDefault(name)?.number(range, excludesLowerBound: excludesLowerBound)
    }

    func probability(_ name: String) -> Double? { valueOrDefault(name)?.probability() }

    func ratio(_ name: String) -> Double? {
        guard case .ratio(let range) = type(name) else { return nil }
        return valueOrDefault(name)?.ratio(range)
    }

    /// In bytes.
    func memory(_ name: String) -> Double? { valueOrDefault(name)?.memory() }

    func boolean(_ name: String) -> Bool? { valueOrDefault(name)?.boolean() }

    func choice(_ name: String) -> String? {
        guard case .choice(let options) = type(name) else { return nil }
        return valueOrDefault(name)?.choice(options)
    }

    /// What the word stands for that `name` has.
    func choice<Value>(_ name: String, _ choices: Choices<Value>) -> Value? {
        choice(name).flatMap { choices[$0] }
    }

    /// A whole number of `name`, which may also be a mapping, in the range of the plain form.
    func plainCount(_ name: String) -> Int? {
        guard case .anyOf(let types) = type(name) else { return nil }
        for case .count(let range) in types { return valueOrDefault(name)?.count(range) }
        return nil
    }

    func items(_ name: String, _ wanted: String) -> [Field]? {
        guard let range = countRange(name) else { return nil }
        return self[name]?.items(wanted, count: range)
    }

    func named(_ name: String, _ wanted: String) -> [(name: String, value: Field)]? {
        guard let range = countRange(name) else { return nil }
        return self[name]?.namedEntries(wanted, count: range)
    }

    /// How many entries the list or mapping called `name` may have.
    func countRange(_ name: String) -> ClosedRange<Int>? {
        switch type(name) {
        case .list(_, let range), .named(_, let range): range
        case .anyOf(let types):
            types.lazy.compactMap {
                if case .list(_, let range) = $0 { range } else { nil }
            }.first
        default: nil
        }
    }

    private func type(_ name: String) -> FormatType? { object.key(name)?.type }
}
