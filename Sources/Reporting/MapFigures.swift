import Results

/// Figures of areas: the heat map, the call graph, the ledger, the timeline.
extension Figure {
    /// From calm to hot, its lightness falling all the way; also told apart without hues.
    private static let palette =
        "set palette defined (0 '#eceff3', 0.25 '#fdd080', 0.5 '#e68523', 0.75 '#b03e00', 1 '#54120a')\n"

    /// Services against time, coloured by their failing share, or by utilisation when nothing failed.
    static func heatmap(_ run: RunView) -> Figure? {
        guard !run.ends.isEmpty, !run.services.isEmpty else { return nil }
        let hasFailures = run.services.contains { $0[.badShare] != nil }
        let measure: Measure = hasFailures ? .badShare : .utilisation
        let order = run.services.indices.sorted {
            (run.services[$0].tier, $0) < (run.services[$1].tier, $1)
        }
        // Wide runs are drawn by at most 400 columns, each the largest value of its intervals.
        let columns = min(run.ends.count, 400)
        var rows: [String] = []
        for service in order {
            let values = run.services[service][measure]
            rows.append(
                (0..<columns).map { column in
                    let from = column * run.ends.count / columns
                    let to = (column + 1) * run.ends.count / columns
                    let most = values.map { $0[from..<to].max() ?? 0 } ?? 0
                    return short(min(most, 1)).replacing(",", with: "")
                }.joined(separator: " "))
        }
        let width = run.seconds / Double(columns)
        var body = data("cells", rows) + palette
        body += "set cbrange [0:1]\nset cblabel '\(measure.title)'\nunset key\nunset grid\n"
        body += "set xrange [0:\(run.seconds)]\nset yrange [\(Double(order.count) - 0.5):-0.5]\n"
        body += "set xlabel 'time, s'\nset title \(quoted(run.summary.name)) noenhanced\n"
        if order.count <= 40 {
            let names = order.enumerated().map { "\(quoted(run.services[$1].name)) \($0)" }
            body += "set ytics noenhanced (\(names.joined(separator: ", ")))\n"
        } else {
            var marks: [String] = []
            var tier = -1
            var last = -order.count
            for (place, service) in order.enumerated() where run.services[service].tier != tier {
                tier = run.services[service].tier
                // Names of small tiers would lie on each other.
                if place - last < order.count / 30 { continue }
                last = place
                marks.append("'tier \(tier)' \(place)")
            }
            body += "set ytics (\(marks.joined(separator: ", ")))\n"
        }
        // As a picture large maps stay small; as rectangles small ones stay sharp.
        let style = columns * order.count <= 20_000 ? "image pixels" : "image"
        body += "plot $cells matrix using (($1+0.5)*\(width)):2:3 with \(style)\n"
        return Figure(
            name: "heatmap", height: max(260, min(900, 120 + 24 * order.count)), body: body)
    }

    /// The call graph, coloured by the failing share over the whole run.
    static func graph(_ run: RunView) -> Figure? {
        let drawing = GraphDrawing(run)
        let layout = drawing.layout
        guard layout.width > 0, layout.height > 0 else { return nil }
        var body = palette
        body += "set cbrange [0:1]\nset cblabel 'failing share'\nunset key\nunset grid\n"
        let height = min(max(Int(820 * layout.height / layout.width) + 180, 260), 960)
        // Places of the colours' key in pixels, from below.
        let pixel = 1 / Double(height)
        body += "set colorbox horizontal user origin 0.35,\(56 * pixel) size 0.3,\(12 * pixel)\n"
        body += "set bmargin at screen \(92 * pixel)\n"
        body += "unset border\nunset tics\nset xrange [-10:\(layout.width + 10)]\n"
        body += "set yrange [\(layout.height + 10):-10]\nset size ratio -1\n"
        for (index, curve) in layout.curves.enumerated() {
            body += data(
                "e\(index)", polyline(curve).map { "\(coordinate($0.x)) \(coordinate($0.y))" })
        }
        if layout.hasNames { body += arrowHeads(layout) }
        let streams = drawing.streams
        var rows: [String] = []
        for (index, node) in layout.nodes.enumerated() {
            let share = index < streams ? 0 : failingShare(run.summary.services[index - streams])
            rows.append("\(coordinate(node.x)) \(coordinate(node.y)) \(share)")
        }
        let (w, h) = (layout.nodeWidth / 2, layout.nodeHeight / 2)
        body += data("nodes", rows)
        let edges = layout.curves.indices.map {
            "$e\($0) with lines linecolor rgb '#8a8f98' notitle"
        }
        var curves = edges
        curves.append(
            "$nodes using 1:2:($1-\(w)):($1+\(w)):($2-\(h)):($2+\(h)):3 with boxxyerror "
                + "fillstyle solid border linecolor rgb '#444444' fillcolor palette notitle")
        if layout.hasNames {
            for (index, node) in layout.nodes.enumerated() {
                let share =
                    index < streams ? 0 : failingShare(run.summary.services[index - streams])
                body +=
                    "set label \(index + 1) \(quoted(drawing.graph.names[index].dropUserPrefix)) "
                body += "at \(coordinate(node.x)),\(coordinate(node.y)) center front noenhanced "
                body += "textcolor rgb '\(share > 0.6 ? "#ffffff" : "#111111")'\n"
            }
        }
        body += "plot " + curves.joined(separator: ", ") + "\n"
        return Figure(name: "graph", height: height, body: body)
    }

    /// A head at the end of each edge.
    private static func arrowHeads(_ layout: GraphLayout) -> String {
        layout.curves.map { curve in
            let points = polyline(curve)
            guard points.count > 2 else { return "" }
            let (from, to) = (points[points.count - 2], points[points.count - 1])
            return "set arrow from \(coordinate(from.x)),\(coordinate(from.y)) to "
                + "\(coordinate(to.x)),\(coordinate(to.y)) head filled size screen 0.009,18 "
                + "linecolor rgb '#8a8f98'\n"
        }.joined()
    }

    private static func failingShare(_ service: ServiceSummary) -> Double {
        let ended = service.requests - min(service.inFlight, service.requests)
        return ended > 0 ? 1 - Double(service.successes) / Double(ended) : 0
    }

    /// Points on cubic Bézier curves, sixteen a curve.
    private static func polyline(_ curve: [GraphLayout.Point]) -> [GraphLayout.Point] {
        guard var from = curve.first else { return [] }
        var points = [from]
        for start in stride(from: 1, to: curve.count - 2, by: 3) {
            let (a, b, to) = (curve[start], curve[start + 1], curve[start + 2])
            for step in 1...16 {
                let t = Double(step) / 16
                let (p, q, r, s) = (
                    (1 - t) * (1 - t) * (1 - t), 3 * t * (1 - t) * (1 - t), 3 * t * t * (1 - t),
                    t * t * t
                )
                points.append(
                    GraphLayout.Point(
                        p * from.x + q * a.x + r * b.x + s * to.x,
                        p * from.y + q * a.y + r * b.y + s * to.y))
            }
            from = to
        }
        return points
    }

    /// Where core time was computed and what became of it, as bands.
    static func ledger(_ run: RunView) -> Figure? {
        let flow = LedgerFlow(run.summary)
        guard flow.total > 0 else { return nil }
        let drawing = FlowDrawing(flow: flow)
        let (left, middle, right) = (0.0, 40.0, 80.0)
        var body = "unset key\nunset grid\nunset border\nunset tics\n"
        body += "set xrange [-50:125]\nset yrange [\(FlowDrawing.height + 12):-26]\n"
        body += "set style fill solid 0.5 noborder\n"
        var curves: [String] = []
        func add(
            _ bar: FlowDrawing.Bar, _ from: Double, _ to: Double, _ colour: String, isLeft: Bool
        ) {
            let (start, end) = isLeft ? (bar.top, bar.middleTop) : (bar.middleTop, bar.top)
            let name = "b\(curves.count)"
            body += data(
                name,
                (0...24).map { step in
                    let t = Double(step) / 24
                    let ease = t * t * (3 - 2 * t)
                    let y = start + (end - start) * ease
                    return "\(from + (to - from) * t) \(y) \(y + max(bar.height, 0.6))"
                })
            curves.append(
                "$\(name) using 1:2:3 with filledcurves linecolor rgb '\(colour)' notitle")
            let share = percentage(bar.band.amount / flow.total)
            let x = isLeft ? from - 2 : to + 2
            body += "set label \(quoted("\(bar.band.name), \(share)")) at \(x),"
            body += "\(bar.top + bar.height / 2) \(isLeft ? "right" : "left") noenhanced\n"
        }
        for (index, bar) in drawing.bars(flow.sources).enumerated() {
            add(bar, left, middle, ["#8a8f98", "#56b4e9"][index % 2], isLeft: true)
        }
        let colours = [
            "useful": "#009e73", "infailures": "#e69f00", "late": "#d55e00", "dropped": "#a0522d",
            "lost": "#cc79a7", "neutral": "#8a8f98",
        ]
        for bar in drawing.bars(flow.fates) {
            let colour = colours[FlowDrawing.kind(bar.band.name)] ?? "#8a8f98"
            add(bar, middle, right, colour, isLeft: false)
        }
        body += "set label '\(duration(flow.total)) of core time' at \(middle),-14 center\n"
        body += "plot " + curves.joined(separator: ", ") + "\n"
        return Figure(name: "ledger", height: 380, body: body)
    }

    /// Events by kind against time.
    static func timeline(_ run: RunView) -> Figure? {
        let kinds = TimelineEvent.Kind.allCases.filter { kind in
            run.events.contains { $0.kind == kind }
        }
        guard !kinds.isEmpty else { return nil }
        let colours = [
            TimelineEvent.Kind.trigger: "#e69f00", .recovery: "#009e73", .scaling: "#0072b2",
            .control: "#8a8f98", .death: "#d55e00", .breaker: "#5b3a86",
        ]
        var body = "unset key\nset xrange [0:\(run.seconds)]\nset xlabel 'time, s'\n"
        body +=
            "set yrange [\(Double(kinds.count) - 0.4):-0.6]\nset style fill solid 0.8 noborder\n"
        let names = kinds.enumerated().map { "'\($1.rawValue)' \($0)" }
        body += "set ytics (\(names.joined(separator: ", ")))\n"
        let least = run.seconds / 400
        var curves: [String] = []
        for (lane, kind) in kinds.enumerated() {
            let rows = run.events.filter { $0.kind == kind }.map { event in
                "\(event.from) \(max(event.until ?? 0, event.from + least)) \(lane)"
            }
            body += data("k\(lane)", rows)
            curves.append(
                "$k\(lane) using 1:3:1:2:($3-0.3):($3+0.3) with boxxyerror linecolor rgb "
                    + "'\(colours[kind] ?? "#333333")' notitle")
        }
        body += "plot " + curves.joined(separator: ", ") + "\n"
        return Figure(name: "timeline", height: 110 + 38 * kinds.count, body: body)
    }
}
