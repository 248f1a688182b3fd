package import Foundation

/// What `topple evaluate` does: snapshots in, answers out.
package enum Evaluation: String, Sendable {
    case horizontal = "hpa"
    case keda

    /// The answers to a JSON text: one object for one, an array in the same order for an array.
    package func answers(to data: Data) throws(SnapshotError) -> String {
        let root = try JSONText.read(data)
        guard case .list(let snapshots) = root.content else {
            return JSONText.write(try answer(root, path: ""))
        }
        var answers: [Node] = []
        for (index, snapshot) in snapshots.enumerated() {
            answers.append(try answer(snapshot, path: "[\(index)]"))
        }
        return JSONText.write(Node(answers))
    }

    private func answer(_ snapshot: Node, path: String) throws(SnapshotError) -> Node {
        switch self {
        case .horizontal: try HorizontalSnapshot(snapshot, path: path).answer
        case .keda: try KedaSnapshot(snapshot, path: path).answer
        }
    }
}
