import Results

/// Figures of curves over time.
extension Figure {
    /// Everything that can be drawn of a run, by name.
    package static let names = [
        "series", "heatmap", "graph", "ledger", "replicas", "timeline",
    ]

    /// - Parameters:
    ///   - name: one of ``names``.
    ///   - run: what it shows.
    /// - Returns: `nil` when there is nothing to show, or no such figure.
    package static func named(_ name: String, of run: RunView) -> Figure? {
        switch name {
        case "series": series(run)
        case "heatmap": heatmap(run)
        case "graph": graph(run)
        case "ledger": ledger(run)
        case "replicas": replicas(run)
        case "timeline": timeline(run)
        default: nil
        }
    }

    /// The middle of each interval.
    static func middles(_ run: RunView) -> [Double] {
        run.ends.indices.map { (run.begin($0) + run.ends[$0]) / 2 }
    }

    /// Services that matter most in a figure with few curves: those with most failures, then queues.
    static func worst(_ run: RunView, most: Int) -> [RunView.Service] {
        let scored = run.services.enumerated().map { index, service in
            let bad = (service[.badShare] ?? []).reduce(0, +)
            let waiting = (service[.waiting] ?? []).reduce(0, +)
            let busy = (service[.utilisation] ?? []).reduce(0, +)
            return (index, bad * 1e6 + waiting + busy / 1e6)
        }
        let chosen = scored.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(most).map(\.0).sorted()
        return chosen.map { run.services[$0] }
    }

    /// Bands behind the curves while triggers last.
    static func triggerBands(_ run: RunView) -> String {
        run.events.filter { $0.kind == .trigger }.prefix(50).map { event in
            "set object rectangle from \(event.from),graph 0 to \(event.until ?? event.from),graph 1 "
                + "fillcolor rgb '#f6e3b4' fillstyle solid 0.7 noborder behind\n"
        }.joined()
    }

    /// Users, then failures, queues, latency and utilisation of up to eight services.
    private static func series(_ run: RunView) -> Figure? {
        guard !run.ends.isEmpty else { return nil }
        let times = middles(run)
        let services = worst(run, most: 8)
        let (offered, good, bad) = (
            run.users(.offered), run.users(.goodput), run.users(.failed)
        )
        let (median, tail) = (run.users(.p50), run.users(.p99))
        func cell(_ value: Double) -> String { value > 0 ? "\(value)" : "NaN" }
        var body = data(
            "users",
            times.indices.map {
                "\(times[$0]) \(offered[$0]) \(good[$0]) \(bad[$0]) "
                    + "\(cell(median[$0])) \(cell(tail[$0]))"
            })
        let measures: [Measure] = [.badShare, .waiting, .p99, .utilisation]
        for (number, service) in services.enumerated() {
            body += data(
                "s\(number)",
                times.indices.map { index in
                    let values = measures.map { measure -> String in
                        let value = service[measure]?[index] ?? 0
                        return measure.isLatency ? cell(value) : "\(value)"
                    }
                    return "\(times[index]) " + values.joined(separator: " ")
                })
        }
        body += triggerBands(run)
        body += """
            set xrange [0:\(run.seconds)]
            set yrange [0:1<*]
            set format x ''
            set multiplot layout 6,1 title \(quoted(run.summary.name + ", seed \(run.summary.seed)")) \
            noenhanced margins 0.09,0.83,0.06,0.95 spacing 0.028
            set ylabel 'users, calls/s'
            plot $users using 1:3 with lines linewidth 2 linecolor rgb '#009e73' title 'goodput', \
            $users using 1:4 with lines linewidth 2 linecolor rgb '#d55e00' title 'failures', \
            $users using 1:2 with lines dashtype 2 linecolor rgb '#333333' title 'offered'
            set ylabel 'users, s'
            \(latencyPanel(isEmpty: !median.contains { $0 > 0 }))
            set yrange [0:1<*]\n
            """
        let titles = ["failing share", "queue", "p99, s", "utilisation"]
        for (place, title) in titles.enumerated() {
            if place == titles.count - 1 { body += "set format x '%g'\nset xlabel 'time, s'\n" }
            body += "set ylabel '\(title)'\n"
            if place == 2 { body += "set logscale y\nset yrange [*:*]\n" }
            let curves = services.enumerated().map { number, service in
                "$s\(number) using 1:\(place + 2) with lines linewidth 1.4 linecolor rgb "
                    + "'\(colours[number % colours.count])' title \(quoted(service.name)) noenhanced"
            }
            // A panel in which nothing has a value would stop gnuplot.
            let isEmpty =
                place == 2 && !services.contains { ($0[.p99] ?? []).contains { $0 > 0 } }
            body +=
                isEmpty
                ? "unset logscale y\nset yrange [0:1]\nplot NaN notitle\n"
                : "plot " + curves.joined(separator: ", ") + "\n"
            if place == 2 { body += "unset logscale y\nset yrange [0:1<*]\n" }
        }
        return Figure(name: "series", height: 1_150, body: body + "unset multiplot\n")
    }

    /// A panel in which nothing has a value would stop gnuplot.
    private static func latencyPanel(isEmpty: Bool) -> String {
        if isEmpty { return "set yrange [0:1]\nplot NaN notitle" }
        return """
            set yrange [*:*]
            set logscale y
            plot $users using 1:5 with lines linecolor rgb '#56b4e9' title 'p50', \
            $users using 1:6 with lines linecolor rgb '#5b3a86' title 'p99'
            unset logscale y
            """
    }

    /// Replicas of the services whose number changed: wanted, there, ready.
    private static func replicas(_ run: RunView) -> Figure? {
        func changes(_ values: [Double]?) -> Bool { Set(values ?? []).count > 1 }
        let varying = run.services.enumerated().filter {
            changes($0.element[.replicas]) || changes($0.element[.ready])
        }.prefix(6)
        guard !varying.isEmpty else { return nil }
        let times = middles(run)
        var body = triggerBands(run)
        var panels = ""
        for (place, (number, service)) in varying.enumerated() {
            body += data(
                "r\(place)",
                times.indices.map {
                    "\(times[$0]) \(service[.replicas]?[$0] ?? 0) \(service[.ready]?[$0] ?? 0)"
                })
            var steps = run.wanted.filter { $0.service == number }.map {
                "\($0.seconds) \($0.replicas)"
            }
            if let last = run.wanted.last(where: { $0.service == number }) {
                steps.append("\(run.seconds) \(last.replicas)")
            }
            if !steps.isEmpty { body += data("w\(place)", steps) }
            if place == varying.count - 1 { panels += "set format x '%g'\nset xlabel 'time, s'\n" }
            panels += "set ylabel \(quoted(service.name)) noenhanced\n"
            panels +=
                "plot $r\(place) using 1:2 with steps linewidth 2 linecolor rgb '#0072b2' title 'there'"
                + ", $r\(place) using 1:3 with lines dashtype 2 linewidth 2 linecolor rgb '#009e73' "
                + "title 'ready'"
            if !steps.isEmpty {
                panels +=
                    ", $w\(place) using 1:2 with steps linecolor rgb '#e69f00' title 'wanted'"
            }
            panels += "\n"
        }
        body += """
            set xrange [0:\(run.seconds)]
            set yrange [0:1<*]
            set format x ''
            set multiplot layout \(varying.count),1 title 'replicas' \
            margins 0.09,0.85,\(0.1 + 0.06 / Double(varying.count)),0.92 spacing 0.03
            \(panels)
            unset multiplot

            """
        return Figure(name: "replicas", height: 160 + 150 * varying.count, body: body)
    }
}
