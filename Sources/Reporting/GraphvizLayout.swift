import Foundation

extension GraphLayout {
    /// Seconds after which Graphviz is given up.
    private static let patience = 10.0

    /// Has `dot` lay the graph out.
    ///
    /// - Returns: `nil` when it is not installed, takes too long, or says something unexpected.
    package static func graphviz(_ graph: Graph) -> GraphLayout? {
        let longest = graph.names.map(\.count).max() ?? 1
        let width = min(max(Double(longest) * 0.095 + 0.25, 0.7), 2.6)
        var text = "digraph g {\nrankdir=LR; nodesep=0.18; ranksep=0.55; splines=true;\n"
        text +=
            "node [shape=box, fixedsize=true, width=\(width), height=0.42];\nedge [arrowhead=none];\n"
        for node in graph.names.indices { text += "n\(node);\n" }
        for edge in graph.edges { text += "n\(edge.from) -> n\(edge.to);\n" }
        text += "}\n"
        guard let output = Tool.run("dot", ["-Tplain"], input: text, patience: patience) else {
            return nil
        }
        return plain(output, graph, nodeWidth: width)
    }

    /// Reads Graphviz's "plain" format: inches, from the lower left.
    static func plain(_ text: String, _ graph: Graph, nodeWidth: Double) -> GraphLayout? {
        let scale = 96.0
        var size: (width: Double, height: Double)?
        var nodes = [Point?](repeating: nil, count: graph.names.count)
        var found: [[Int]: [[Point]]] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            func number(_ index: Int) -> Double? {
                words.indices.contains(index) ? Double(words[index]) : nil
            }
            func node(_ index: Int) -> Int? {
                words.indices.contains(index) ? Int(words[index].dropFirst()) : nil
            }
            func point(_ index: Int) -> Point? {
                guard let size, let x = number(index), let y = number(index + 1) else { return nil }
                return Point(x * scale, (size.height - y) * scale)
            }
            switch words.first {
            case "graph":
                guard let width = number(2), let height = number(3) else { return nil }
                size = (width, height)
            case "node":
                guard let index = node(1), nodes.indices.contains(index) else { return nil }
                nodes[index] = point(2)
            case "edge":
                guard let from = node(1), let to = node(2), let count = number(3),
                    count >= 4, count < 1_000
                else { return nil }
                let curve = (0..<Int(count)).compactMap { point(4 + 2 * $0) }
                guard curve.count == Int(count), curve.count % 3 == 1 else { return nil }
                found[[from, to], default: []].append(curve)
            default: continue
            }
        }
        guard let size else { return nil }
        let places = nodes.compactMap { $0 }
        var curves: [[Point]] = []
        for edge in graph.edges {
            guard let curve = found[[edge.from, edge.to], default: []].popLast() else { return nil }
            curves.append(curve)
        }
        guard places.count == nodes.count else { return nil }
        return GraphLayout(
            width: size.width * scale, height: size.height * scale, nodes: places,
            nodeWidth: nodeWidth * scale, nodeHeight: 0.42 * scale, curves: curves,
            hasNames: true, maker: "Graphviz dot")
    }
}
