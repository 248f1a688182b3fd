package import Results

// What an experiment has found, as scripts for gnuplot.
extension ExperimentComparison {
    /// A figure by the name of its file, without the ending.
    package struct Figure: Sendable {
        package var name: String
        package var script: @Sendable (Gnuplot.Kind) -> String
    }

    /// The most alternatives that are drawn over time.
    private static let mostCurves = 8

    package var figures: [Figure] {
        var figures = [Figure(name: "figures") { figuresScript($0) }]
        let drawn = drawable
        if drawn.count > 0, drawn.count <= Self.mostCurves {
            figures.append(Figure(name: "over-time") { overTimeScript($0, drawn) })
            if records[drawn[0]][0].curves.services.count > 0 {
                figures.append(Figure(name: "tiers") { tiersScript($0, drawn) })
            }
        }
        return figures
    }

    /// Alternatives with runs.
    private var drawable: [Int] { records.indices.filter { !records[$0].isEmpty } }

    private func name(_ alternative: Int) -> String { plan.alternatives[alternative].name }

    private static func preamble(
        _ kind: Gnuplot.Kind, _ name: String, width: Int, height: Int
    ) -> [String] {
        [
            kind.terminal(width: width, height: height), "set output '\(name).\(kind.rawValue)'",
            "set encoding utf8", "set border 3 linecolor rgb '#666666'", "set tics nomirror out",
            "set grid ytics linecolor rgb '#dddddd'",
        ]
    }

    // MARK: Over time

    /// The users' failing share and all replicas over time, each alternative a line: the mean over
    /// the seeds, and a band from the least to the most.
    private func overTimeScript(_ kind: Gnuplot.Kind, _ drawn: [Int]) -> String {
        var lines = Self.preamble(kind, "over-time", width: 900, height: 640)
        for alternative in drawn {
            lines.append("$a\(alternative) << EOD")
            let curves = records[alternative].map(\.curves)
            for index in curves[0].failing.indices {
                let failing = curves.compactMap { value($0.failing, index) }
                let replicas = curves.map { curve in
                    curve.services.reduce(0) { $0 + (value($1.replicas, index) ?? 0) }
                }
                let numbers =
                    [Double(index) * curves[0].interval] + Self.band(failing.map { $0 * 100 })
                    + Self.band(replicas)
                lines.append(numbers.map { "\($0)" }.joined(separator: " "))
            }
            lines.append("EOD")
        }
        let end = records[drawn[0]][0].curves
        lines += [
            "set multiplot layout 2,1 title \(Gnuplot.quoted(title)) noenhanced",
            "set xrange [0:\(Double(end.failing.count) * end.interval)]",
            "set style fill transparent solid 0.15 noborder",
            "set key outside right top noenhanced", "set ylabel \"users' failing calls, %\"",
            "set yrange [0:*]", curvesPlot(drawn, column: 2),
            "set ylabel 'replicas'", "set xlabel 'simulated time, s'",
            curvesPlot(drawn, column: 5), "unset multiplot",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func curvesPlot(_ drawn: [Int], column: Int) -> String {
        let parts = drawn.enumerated().flatMap { place, alternative in
            let colour = Gnuplot.colours[place % Gnuplot.colours.count]
            return [
                "$a\(alternative) using 1:\(column + 1):\(column + 2) with filledcurves "
                    + "linecolor rgb '\(colour)' notitle",
                "$a\(alternative) using 1:\(column) with lines linewidth 2 "
                    + "linecolor rgb '\(colour)' title \(Gnuplot.quoted(name(alternative)))",
            ]
        }
        return "plot " + parts.joined(separator: ", ")
    }

    private func value(_ values: [Double], _ index: Int) -> Double? {
        values.indices.contains(index) ? values[index] : nil
    }

    /// Mean, least and most.
    private static func band(_ values: [Double]) -> [Double] {
        guard let least = values.min(), let most = values.max() else { return [0, 0, 0] }
        return [values.reduce(0, +) / Double(values.count), least, most]
    }

    private var title: String {
        let count = records.map(\.count).max() ?? 0
        return "\(plan.name): \(count) seed\(count == 1 ? "" : "s"); mean, least and most"
    }

    // MARK: Figures

    /// Error-seconds and replica time of each alternative, with 95 % intervals.
    private func figuresScript(_ kind: Gnuplot.Kind) -> String {
        let height = max(260, 120 + 34 * rows.count)
        var lines = Self.preamble(kind, "figures", width: 900, height: height)
        lines.append("$figures << EOD")
        for (place, row) in rows.enumerated() {
            let errors = row.entry("errorSeconds")?.mean
            let cost = row.entry("replicaSeconds")?.mean
            let numbers = [
                Double(rows.count - 1 - place), errors?.mean ?? 0, errors?.halfWidth ?? 0,
                (cost?.mean ?? 0) / 3600, (cost?.halfWidth ?? 0) / 3600,
            ]
            lines.append(
                numbers.map { "\($0)" }.joined(separator: " ") + " "
                    + Gnuplot.quoted(name(row.alternative)))
        }
        let half = "boxxyerror fillstyle solid 0.7 noborder linecolor rgb '\(Gnuplot.colours[0])'"
        lines += [
            "EOD",
            "set multiplot layout 1,2 title \(Gnuplot.quoted("\(plan.name): means and 95% intervals")) noenhanced",
            "set yrange [-0.6:\(Double(rows.count) - 0.4)]", "unset key", "set ytics noenhanced",
            "set grid xtics linecolor rgb '#dddddd'", "set xrange [0:*]",
            "set xlabel 'error-seconds'",
            "plot $figures using 2:1:(0):2:($1-0.3):($1+0.3):ytic(6) with \(half), "
                + "$figures using 2:1:3 with xerrorbars linecolor rgb '#000000' pointtype 0",
            "set xlabel 'replica time, h'", "set format y ''",
            "plot $figures using 4:1:(0):4:($1-0.3):($1+0.3) with \(half), "
                + "$figures using 4:1:5 with xerrorbars linecolor rgb '#000000' pointtype 0",
            "unset multiplot",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Tiers

    /// Services against time, a panel for each alternative: the share of requests that the service turns
    /// away, mean over the seeds.
    private func tiersScript(_ kind: Gnuplot.Kind, _ drawn: [Int]) -> String {
        let names = records[drawn[0]][0].curves.services.map(\.name)
        let panel = max(110, 60 + 22 * names.count)
        var lines = Self.preamble(kind, "tiers", width: 900, height: 60 + panel * drawn.count)
        for alternative in drawn {
            lines.append("$t\(alternative) << EOD")
            let curves = records[alternative].map(\.curves)
            for service in names.indices {
                for index in curves[0].failing.indices {
                    let shares = curves.compactMap { curve in
                        curve.services.indices.contains(service)
                            ? value(curve.services[service].turnedAway, index) : nil
                    }
                    let mean = shares.reduce(0, +) / Double(max(shares.count, 1))
                    let start = Double(index) * curves[0].interval
                    lines.append("\(start + curves[0].interval / 2) \(service) \(mean * 100)")
                }
                lines.append("")
            }
            lines.append("EOD")
        }
        let curves = records[drawn[0]][0].curves
        let tics = names.enumerated().map { "\(Gnuplot.quoted($1)) \($0)" }
        lines += [
            "set multiplot layout \(drawn.count),1 title "
                + "\(Gnuplot.quoted("\(plan.name): requests that each service turns away, %")) noenhanced",
            "set xrange [0:\(Double(curves.failing.count) * curves.interval)]",
            "set yrange [\(Double(names.count) - 0.5):-0.5]", "unset key", "unset grid",
            "set ytics noenhanced (\(tics.joined(separator: ", ")))", "set cbrange [0:100]",
            // From cividis: Nuñez, Anderton and Renslow (2018).
            "set palette defined (0 '#ffffff', 0.02 '#fee838', 0.4 '#a69d75', 0.7 '#575d6d', 1 '#00224e')",
        ]
        for (place, alternative) in drawn.enumerated() {
            lines.append("set ylabel \(Gnuplot.quoted(name(alternative))) noenhanced")
            if place == drawn.count - 1 { lines.append("set xlabel 'simulated time, s'") }
            lines.append("plot $t\(alternative) using 1:2:3 with image pixels")
        }
        lines.append("unset multiplot")
        return lines.joined(separator: "\n") + "\n"
    }
}
