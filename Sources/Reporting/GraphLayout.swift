/// Where the services and edges of a call graph are drawn, from left (users) to right.
package struct GraphLayout: Sendable {
    package struct Point: Hashable, Sendable {
        package var x: Double
        package var y: Double

        package init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// The graph to be laid out. Nodes are numbered from 0.
    package struct Graph: Sendable {
        package var names: [String]
        /// How far from users each is, from 1 on.
        package var tiers: [Int]
        package var edges: [(from: Int, to: Int)]

        package init(names: [String], tiers: [Int], edges: [(from: Int, to: Int)]) {
            self.names = names
            self.tiers = tiers
            self.edges = edges
        }
    }

    package var width: Double
    package var height: Double
    /// By node: its middle.
    package var nodes: [Point]
    /// All nodes are drawn this large.
    package var nodeWidth: Double
    package var nodeHeight: Double
    /// By edge: a start and three points for each cubic Bézier curve.
    package var curves: [[Point]]
    /// Whether names fit into the nodes.
    package var hasNames: Bool
    /// What made it, for notes.
    package var maker: String
}

extension GraphLayout {
    /// Graphs up to this size are given to Graphviz; beyond, its drawings are too wide to read and take
    /// long, and rows of dots by tier show more.
    package static let mostForGraphviz = 80

    /// Graphviz's layout where it serves, the layered one else.
    package static func best(_ graph: Graph) -> GraphLayout {
        if graph.names.count <= mostForGraphviz, let layout = graphviz(graph) { return layout }
        return layered(graph)
    }
}

extension GraphLayout.Graph {
    /// Users' streams first, then services, each edge once; a stream is a node without tier (0).
    package init(_ run: RunView) {
        let streams = run.streams
        names = streams.map(\.from) + run.services.map(\.name)
        tiers = streams.map { _ in 0 } + run.services.map { max($0.tier, 1) }
        var stream = -1
        edges = run.edges.map { edge in
            if edge.caller == nil { stream += 1 }
            return (edge.caller.map { $0 + streams.count } ?? stream, edge.target + streams.count)
        }
    }
}
