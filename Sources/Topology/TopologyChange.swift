/// A value of a topology file that is another than the file says: `services.*.replicas` = `4`.
package struct TopologyChange: Hashable, Sendable, CustomStringConvertible {
    /// Keys from the outside in, and places in lists from 0; `*` stands for every key or place.
    package var path: [String]
    /// YAML, as it would stand in the file.
    package var value: String

    /// Reads `services.a.lifeCycle.start` or `network.edges[0].latency`; `nil` when a key is empty.
    package init?(path: String, value: String) {
        let parts = path.replacing("[", with: ".").replacing("]", with: "").split(
            separator: ".", omittingEmptySubsequences: false)
        guard !parts.contains(where: \.isEmpty) else { return nil }
        self.path = parts.map(String.init)
        self.value = value
    }

    package var description: String { "\(path.joined(separator: "."))=\(value)" }
}

extension YAMLNode {
    /// The tree with a value changed; the last key is added where a mapping lacks it.
    ///
    /// Logs when nothing has the path.
    func applying(_ change: TopologyChange, log: DiagnosticLog) -> YAMLNode {
        let valueLog = DiagnosticLog(file: change.description)
        guard let value = YAMLNode.parse(change.value, log: valueLog) else {
            log.add(
                line: 0, column: 0, path: change.path.joined(separator: "."),
                message: "cannot become `\(Quantity.shortened(change.value))`, which is no YAML",
                remedy: "write the value as it would stand in the file")
            return self
        }
        var count = 0
        let changed = setting(change.path[...], to: value.withoutPlace, &count)
        if count == 0 {
            log.add(
                line: 0, column: 0, path: change.path.joined(separator: "."),
                message: "is not in the topology, so it cannot be changed",
                remedy: "name keys from the outside in, such as `services.a.replicas`")
        }
        return changed
    }

    private func setting(
        _ path: ArraySlice<String>, to value: YAMLNode, _ count: inout Int
    ) -> YAMLNode {
        guard let key = path.first else {
            count += 1
            return value
        }
        let rest = path.dropFirst()
        var node = self
        switch content {
        case .scalar: break
        case .sequence(var items):
            for place in items.indices where key == "*" || key == String(place) {
                items[place] = items[place].setting(rest, to: value, &count)
            }
            node.content = .sequence(items)
        case .mapping(var entries):
            let places = entries.indices.filter { key == "*" || entries[$0].key == key }
            for place in places {
                entries[place].value = entries[place].value.setting(rest, to: value, &count)
            }
            if places.isEmpty, rest.isEmpty, key != "*" {
                entries.append(Entry(key: key, keyLine: 0, keyColumn: 0, value: value))
                count += 1
            }
            node.content = .mapping(entries)
        }
        return node
    }

    /// The same without lines and columns, which are not those of the file.
    private var withoutPlace: YAMLNode {
        var node = self
        node.line = 0
        node.column = 0
        switch content {
        case .scalar: break
        case .sequence(let items): node.content = .sequence(items.map(\.withoutPlace))
        case .mapping(let entries):
            node.content = .mapping(
                entries.map {
                    Entry(key: $0.key, keyLine: 0, keyColumn: 0, value: $0.value.withoutPlace)
                })
        }
        return node
    }
}
