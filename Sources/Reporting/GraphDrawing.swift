/// The call graph as SVG. The page's script colours nodes and edges by their numbers.
struct GraphDrawing {
    let graph: GraphLayout.Graph
    let layout: GraphLayout
    /// How many of the nodes are streams of users; they come first.
    let streams: Int

    init(_ run: RunView) {
        graph = GraphLayout.Graph(run)
        layout = .best(graph)
        streams = run.streams.count
    }

    var svg: String {
        let margin = 8.0
        let box = [
            -margin, -margin, layout.width + 2 * margin, layout.height + 2 * margin,
        ].map(coordinate).joined(separator: " ")
        var text = """
            <svg id="graph" viewBox="\(box)" role="img" aria-label="call graph" \
            data-width="\(coordinate(layout.width))" xmlns="http://www.w3.org/2000/svg">
            <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" \
            markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
            <g class="edges">\n
            """
        for (index, curve) in layout.curves.enumerated() {
            text += "<path data-edge=\"\(index)\" d=\"\(Self.path(curve))\""
            if layout.hasNames { text += " marker-end=\"url(#tip)\"" }
            text += "><title>\(escaped(graph.names[graph.edges[index].from])) → "
            text += "\(escaped(graph.names[graph.edges[index].to]))</title></path>\n"
        }
        text += "</g>\n<g class=\"nodes\">\n"
        for (index, point) in layout.nodes.enumerated() { text += node(index, point) }
        return text + "</g>\n</svg>"
    }

    private func node(_ index: Int, _ middle: GraphLayout.Point) -> String {
        let isStream = index < streams
        let (width, height) = (layout.nodeWidth, layout.nodeHeight)
        let kind = isStream ? "stream" : "service"
        let number = isStream ? index : index - streams
        let name = escaped(graph.names[index])
        var text = "<g class=\"\(kind)\" data-\(kind)=\"\(number)\">"
        let place = (coordinate(middle.x - width / 2), coordinate(middle.y - height / 2))
        let radius = layout.hasNames ? (isStream ? height / 2 : 5) : (isStream ? 2 : width / 2)
        text += "<rect x=\"\(place.0)\" y=\"\(place.1)\" width=\"\(coordinate(width))\" "
        text += "height=\"\(coordinate(height))\" rx=\"\(coordinate(radius))\"/>"
        text += "<title>\(name)</title>"
        if layout.hasNames {
            let most = max(Int(width / 8), 4)
            let shown = graph.names[index].dropUserPrefix
            let label = shown.count > most ? String(shown.prefix(most - 1)) + "…" : shown
            text += "<text x=\"\(coordinate(middle.x))\" y=\"\(coordinate(middle.y + 4.5))\">"
            text += escaped(label) + "</text>"
        }
        return text + "</g>\n"
    }

    static func path(_ curve: [GraphLayout.Point]) -> String {
        guard let first = curve.first else { return "" }
        let rest = curve.dropFirst().map { "\(coordinate($0.x)) \(coordinate($0.y))" }
        return "M\(coordinate(first.x)) \(coordinate(first.y))C" + rest.joined(separator: " ")
    }
}

extension String {
    /// A stream of users without the word that says so.
    var dropUserPrefix: String { hasPrefix("users:") ? String(dropFirst(6)) : self }
}
