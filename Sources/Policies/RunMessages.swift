package import Results
package import Snapshots

extension RunSummary {
    /// The message that ends a run.
    package var end: Node {
        Node([
            "type": "end", "time": Node(simulatedSeconds), "digest": Node(digest),
            "figures": figures.node,
        ])
    }
}

extension RunFigures {
    /// The figures by name, those that are unknown as null.
    var node: Node {
        var members = Dictionary(
            Self.kinds.map { ($0.name, Node($0.value(self))) }, uniquingKeysWith: { $1 })
        members["verdict"] = Node(verdict?.rawValue)
        return Node(members)
    }
}
