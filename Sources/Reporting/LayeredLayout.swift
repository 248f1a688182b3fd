extension GraphLayout {
    /// Rows of dots by tier, from left to right: what serves hundreds of services.
    ///
    /// A tier with many services takes several columns. Inside a tier, services stand by the mean place
    /// of those that they are connected with in the tier before (Sugiyama's barycentres, four sweeps).
    /// O(sweeps × edges + n log n).
    package static func layered(_ graph: Graph) -> GraphLayout {
        let order = sorted(graph)
        let isLarge = graph.names.count > mostForGraphviz
        let rows = isLarge ? 28 : 12
        let longest = Double(min(graph.names.map(\.count).max() ?? 1, 24))
        let nodeWidth = isLarge ? 14.0 : max(longest * 9.2 + 24, 68)
        let nodeHeight = isLarge ? 14.0 : 40
        let (pitchX, pitchY) = isLarge ? (30.0, 22.0) : (nodeWidth + 14, 58.0)
        let gap = isLarge ? 70.0 : 60.0
        var nodes = [Point](repeating: Point(0, 0), count: graph.names.count)
        var x = 20.0
        let tallest = min(order.map(\.count).max() ?? 1, rows)
        let height = Double(tallest) * pitchY + 20
        for tier in order where !tier.isEmpty {
            let columns = (tier.count - 1) / rows + 1
            let perColumn = (tier.count - 1) / columns + 1
            for (place, node) in tier.enumerated() {
                // Neighbours in order stay neighbours in height.
                let (row, column) = (place / columns, place % columns)
                let top = (height - Double(perColumn) * pitchY) / 2
                let shift = columns > 1 && column % 2 == 1 ? pitchY / 2 : 0
                nodes[node] = Point(
                    x + nodeWidth / 2 + Double(column) * pitchX,
                    top + (Double(row) + 0.5) * pitchY + shift)
            }
            x += Double(columns - 1) * pitchX + nodeWidth + gap
        }
        let curves = graph.edges.map { edge in
            curve(nodes[edge.from], nodes[edge.to], half: nodeWidth / 2)
        }
        return GraphLayout(
            width: x - gap + 20, height: height + (isLarge ? pitchY / 2 : 0), nodes: nodes,
            nodeWidth: nodeWidth, nodeHeight: nodeHeight, curves: curves, hasNames: !isLarge,
            maker: "layers by tier")
    }

    /// From the right side of one node to the left side of the other; a loop above for others.
    private static func curve(_ from: Point, _ to: Point, half: Double) -> [Point] {
        if to.x > from.x + 2 * half {
            let reach = (to.x - from.x - 2 * half) * 0.5
            return [
                Point(from.x + half, from.y), Point(from.x + half + reach, from.y),
                Point(to.x - half - reach, to.y), Point(to.x - half, to.y),
            ]
        }
        let lift = from.x == to.x && from.y == to.y ? 2.4 * half : 0.6 * half
        return [
            Point(from.x, from.y), Point(from.x + half, from.y - lift),
            Point(to.x - half, to.y - lift), Point(to.x, to.y),
        ]
    }

    /// Nodes by tier, those of a tier in the order in which they are drawn.
    private static func sorted(_ graph: Graph) -> [[Int]] {
        var tiers = [[Int]](repeating: [], count: (graph.tiers.max() ?? 0) + 1)
        for (node, tier) in graph.tiers.enumerated() { tiers[max(tier, 0)].append(node) }
        var neighbours = [[Int]](repeating: [], count: graph.names.count)
        for edge in graph.edges {
            neighbours[edge.from].append(edge.to)
            neighbours[edge.to].append(edge.from)
        }
        // Where a node stands in its tier, in 0...1.
        var place = [Double](repeating: 0, count: graph.names.count)
        func note(_ tier: Int) {
            for (index, node) in tiers[tier].enumerated() {
                place[node] = (Double(index) + 0.5) / Double(tiers[tier].count)
            }
        }
        for tier in tiers.indices { note(tier) }
        for sweep in 0..<4 {
            let isDown = sweep % 2 == 0
            for tier in isDown ? Array(tiers.indices) : tiers.indices.reversed() {
                let wanted = tiers[tier].map { node -> Double in
                    let near = neighbours[node].filter {
                        isDown ? graph.tiers[$0] < tier : graph.tiers[$0] > tier
                    }
                    if near.isEmpty { return place[node] }
                    return near.reduce(0) { $0 + place[$1] } / Double(near.count)
                }
                let order = tiers[tier].indices.sorted {
                    (wanted[$0], tiers[tier][$0]) < (wanted[$1], tiers[tier][$1])
                }
                tiers[tier] = order.map { tiers[tier][$0] }
                note(tier)
            }
        }
        return tiers
    }
}
