import Kernel
import Model

/// A value in the file together with its path: what a decoding function is given.
struct Field {
    let node: YAMLNode
    let path: FieldPath
    let log: DiagnosticLog

    func fail(_ message: String, _ remedy: String) {
        log.add(
            line: node.line, column: node.column, path: path.description, message: message,
            remedy: remedy)
    }

    func fail(_ error: QuantityError) { fail(error.message, error.remedy) }

    func child(_ entry: YAMLNode.Entry) -> Field {
        Field(node: entry.value, path: .key(path, entry.key), log: log)
    }

    /// The value of a key of this mapping, if it is one and has that key.
    func child(_ key: String) -> Field? {
        guard case .mapping(let entries) = node.content else { return nil }
        return entries.first { $0.key == key }.map(child)
    }
}

// MARK: - Kinds

extension Field {
    var isMapping: Bool {
        if case .mapping = node.content { return true }
        return false
    }

    var isSequence: Bool {
        if case .sequence = node.content { return true }
        return false
    }

    /// The text of a single value; logs and answers nil for anything else.
    func scalar(wanted: String) -> String? {
        guard !node.isNull, case .scalar(let text, _) = node.content else {
            fail("\(node.kind) where \(wanted) is wanted", "write \(wanted)")
            return nil
        }
        return text
    }

    /// The entries of a list whose length is in `count`; logs and answers nil otherwise.
    func items(_ wanted: String, count: ClosedRange<Int>) -> [Field]? {
        guard case .sequence(let nodes) = node.content else {
            fail("\(node.kind) where a list is wanted", "write \(wanted)")
            return nil
        }
        guard count.contains(nodes.count) else {
            let limits =
                count.lowerBound == count.upperBound
                ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            fail("\(nodes.count) values where \(limits) are wanted", "write \(wanted)")
            return nil
        }
        return nodes.enumerated().map { index, node in
            Field(node: node, path: .index(path, index), log: log)
        }
    }

    /// The entries of a mapping whose keys are names; logs names that are not allowed.
    func namedEntries(_ wanted: String, count: ClosedRange<Int>) -> [(name: String, value: Field)]?
    {
        guard case .mapping(let entries) = node.content else {
            fail("\(node.kind) where a mapping is wanted", "write \(wanted)")
            return nil
        }
        guard count.contains(entries.count) else {
            fail(
                "\(entries.count) entries where \(count.lowerBound) to \(count.upperBound) are wanted",
                "write \(wanted)")
            return nil
        }
        for entry in entries where !NameRule.accepts(entry.key) {
            log.add(
                line: entry.keyLine, column: entry.keyColumn, path: path.description,
                message: "`\(Quantity.shortened(entry.key))` is not a name", remedy: NameRule.words)
        }
        return entries.map { ($0.key, child($0)) }
    }
}

// MARK: - Quantities

extension Field {
    private func quantity<Value>(
        _ wanted: String, _ read: (String) throws(QuantityError) -> Value
    ) -> Value? {
        guard let text = scalar(wanted: wanted) else { return nil }
        do {
            return try read(text)
        } catch {
            fail(error)
            return nil
        }
    }

    func duration(isPositive: Bool) -> SimulatedDuration? {
        quantity("a time such as `250 ms`") { text throws(QuantityError) in
            try Quantity.duration(text, isPositive: isPositive)
        }
    }

    func seconds(isPositive: Bool) -> Double? {
        quantity("a time such as `250 ms`") { text throws(QuantityError) in
            try Quantity.seconds(text, isPositive: isPositive)
        }
    }

    func rate() -> Double? {
        quantity("a rate such as `80 req/s`") { text throws(QuantityError) in
            try Quantity.rate(text)
        }
    }

    func cores(_ range: ClosedRange<Int>) -> Int? {
        quantity("a number of cores such as `2 cores`") { text throws(QuantityError) in
            try Quantity.cores(text, in: range)
        }
    }

    func count(_ range: ClosedRange<Int>) -> Int? {
        quantity("a whole number") { text throws(QuantityError) in
            try Quantity.count(text, in: range)
        }
    }

    func number(_ range: ClosedRange<Double>, excludesLowerBound: Bool) -> Double? {
        quantity("a number") { text throws(QuantityError) in
            try Quantity.number(text, in: range, excludesLowerBound: excludesLowerBound)
        }
    }

    func probability() -> Double? {
        quantity("a probability such as `30%`") { text throws(QuantityError) in
            try Quantity.probability(text)
        }
    }

    func ratio(_ range: ClosedRange<Double>) -> Double? {
        quantity("a share such as `30%`") { text throws(QuantityError) in
            try Quantity.ratio(text, in: range)
        }
    }

    /// In bytes.
    func memory() -> Double? {
        quantity("an amount of memory such as `512 MiB`") { text throws(QuantityError) in
            try Quantity.memory(text)
        }
    }

    /// In cores.
    func processor() -> Double? {
        quantity("a part of a core such as `500m`") { text throws(QuantityError) in
            try Quantity.processor(text)
        }
    }

    func replicas() -> ReplicaSelection? {
        quantity("`all`, a number of replicas, or a share such as `50%`") {
            text throws(QuantityError) in
            try Quantity.replicas(text)
        }
    }

    func boolean() -> Bool? {
        guard let text = scalar(wanted: "`true` or `false`") else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            fail("`\(Quantity.shortened(text))` is not yes or no", "write `true` or `false`")
            return nil
        }
    }

    func choice(_ options: [String]) -> String? {
        let all = options.map { "`\($0)`" }.joined(separator: ", ")
        guard let text = scalar(wanted: "one of \(all)") else { return nil }
        guard options.contains(text) else {
            let nearest = NearestName.nearest(to: text, among: options)
            let hint = nearest.map { "write `\($0)`; " } ?? ""
            fail(
                "`\(Quantity.shortened(text))` is not one of the choices", hint + "they are \(all)")
            return nil
        }
        return text
    }
}
