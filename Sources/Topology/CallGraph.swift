/// A directed graph of dense numbers: its strongly connected components and its cycles.
///
/// Nothing recurses, so that a chain of any length is safe.
struct CallGraph {
    /// For each node the nodes it points at.
    let successors: [[Int]]
    /// Strongly connected components, callees before callers (Tarjan's algorithm).
    let components: [[Int]]
    private let componentOfNode: [Int]

    init(_ successors: [[Int]]) {
        self.successors = successors
        var search = ComponentSearch(successors)
        components = search.run()
        var owner = [Int](repeating: 0, count: successors.count)
        for (index, component) in components.enumerated() {
            for node in component { owner[node] = index }
        }
        componentOfNode = owner
    }

    /// Whether nodes of this component can be reached from themselves.
    func isCyclic(_ component: [Int]) -> Bool {
        component.count > 1 || successors[component[0]].contains(component[0])
    }

    /// A shortest cycle through the lowest node of a component, that node first and last.
    func cycle(in component: [Int]) -> [Int] {
        let start = component.min() ?? 0
        let own = componentOfNode[start]
        var previous: [Int: Int] = [:]
        var queue = [start]
        var head = 0
        while head < queue.count {
            let node = queue[head]
            head += 1
            for next in successors[node] where componentOfNode[next] == own {
                if next == start {
                    var path = [start, node]
                    while let last = path.last, last != start, let before = previous[last] {
                        path.append(before)
                    }
                    return node == start ? [start, start] : path.reversed()
                }
                if previous[next] == nil {
                    previous[next] = node
                    queue.append(next)
                }
            }
        }
        return [start]
    }
}

enum CallGraphCycles {
    /// A cycle of the graph, its first node again at the end; nil when there is none.
    static func cycle(_ successors: [[Int]]) -> [Int]? {
        let graph = CallGraph(successors)
        return graph.components.filter { graph.isCyclic($0) }.map { graph.cycle(in: $0) }
            .min { ($0[0], $0.count) < ($1[0], $1.count) }
    }
}

/// Tarjan's strongly connected components with an explicit stack. Linear in nodes and edges.
private struct ComponentSearch {
    private let successors: [[Int]]
    private var index: [Int]
    private var low: [Int]
    private var onStack: [Bool]
    private var stack: [Int] = []
    private var next = 0
    private var components: [[Int]] = []

    init(_ successors: [[Int]]) {
        self.successors = successors
        index = [Int](repeating: -1, count: successors.count)
        low = index
        onStack = [Bool](repeating: false, count: successors.count)
    }

    mutating func run() -> [[Int]] {
        for root in successors.indices where index[root] < 0 { visit(root) }
        return components
    }

    private mutating func visit(_ root: Int) {
        var path: [(node: Int, edge: Int)] = [(root, 0)]
        open(root)
        while let (node, edge) = path.last {
            guard edge < successors[node].count else {
                path.removeLast()
                if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
                if low[node] == index[node] { close(node) }
                continue
            }
            path[path.count - 1].edge += 1
            let target = successors[node][edge]
            if index[target] < 0 {
                open(target)
                path.append((target, 0))
            } else if onStack[target] {
                low[node] = min(low[node], index[target])
            }
        }
    }

    private mutating func open(_ node: Int) {
        index[node] = next
        low[node] = next
        next += 1
        stack.append(node)
        onStack[node] = true
    }

    private mutating func close(_ node: Int) {
        var component: [Int] = []
        while let member = stack.popLast() {
            onStack[member] = false
            component.append(member)
            if member == node { break }
        }
        components.append(component)
    }
}
