import Kernel

extension LoadMap {
    private static let colours: [(Region, String)] = [
        (.stable, "#4daf4a"), (.vulnerable, "#ffd54f"), (.metastable, "#c62828"),
        (.overloaded, "#757575"),
    ]

    /// A script for gnuplot that draws the map.
    package func plotScript(output kind: Gnuplot.Kind) -> String {
        var lines = [
            kind.terminal(width: 820, height: 520),
            "set output 'map.\(kind.rawValue)'", "set encoding utf8",
            "set title \(Gnuplot.quoted("\(name): load against length of trigger")) noenhanced",
            "set xlabel 'load, % of the users in the file'", "set ylabel 'trigger, s'",
            "set border 3 linecolor rgb '#666666'", "set tics nomirror out",
            "set key outside bottom center horizontal noenhanced",
        ]
        let x = Self.edges(loads.map { $0 * 100 })
        let y = Self.edges(triggers.map(\.seconds))
        lines.append("set xrange [\(x[0]):\(x[x.count - 1])]")
        lines.append("set yrange [\(y[0]):\(y[y.count - 1])]")
        if loads.count <= 20 {
            lines.append(
                "set xtics (" + loads.map { plain($0 * 100) }.joined(separator: ", ") + ")")
        }
        if triggers.count <= 20 {
            lines.append(
                "set ytics (" + triggers.map { plain($0.seconds) }.joined(separator: ", ") + ")")
        }
        let colours = Dictionary(uniqueKeysWithValues: Self.colours)
        for load in loads.indices {
            for trigger in triggers.indices {
                let colour = colours[cells[load][trigger].region] ?? "#ffffff"
                lines.append(
                    "set object rectangle from \(x[load]),\(y[trigger]) to "
                        + "\(x[load + 1]),\(y[trigger + 1]) fillcolor rgb '\(colour)' "
                        + "fillstyle solid border linecolor rgb '#ffffff' back")
            }
        }
        var curves = Self.colours.filter { region, _ in
            cells.contains { $0.contains { $0.region == region } }
        }.map { region, colour in
            "NaN with boxes fillstyle solid linecolor rgb '\(colour)' title '\(region.rawValue)'"
        }
        if let capacity = hiddenCapacity {
            let place = x[capacity + 1]
            lines.append(
                "set arrow from \(place),graph 0 to \(place),graph 1 nohead front linewidth 3 "
                    + "dashtype 2 linecolor rgb '#000000'")
            curves.append(
                "NaN with lines linewidth 3 dashtype 2 linecolor rgb '#000000' "
                    + "title 'hidden capacity (\(plain(loads[capacity] * 100))%)'")
        }
        lines.append("plot " + curves.joined(separator: ", "))
        return lines.joined(separator: "\n") + "\n"
    }

    /// Borders half way between values, and as far outside the first and the last.
    private static func edges(_ values: [Double]) -> [Double] {
        guard let first = values.first, let last = values.last else { return [0, 1] }
        if values.count == 1 { return [first - 0.5, first + 0.5] }
        let inner = zip(values, values.dropFirst()).map { ($0 + $1) / 2 }
        return [first - (inner[0] - first)] + inner + [last + (last - inner[inner.count - 1])]
    }
}

extension StagedResult {
    /// Writes a map: as a table, and what it is of.
    package func write(_ map: LoadMap) throws(ResultError) {
        try write(Array(map.csv.utf8), as: ResultFolder.mapTableName)
        try write(Array(map.json.utf8), as: ResultFolder.mapName)
    }

    /// Draws a map as `map.svg` and `map.png`.
    ///
    /// - Returns: why there are no drawings, or `nil` when they are there.
    package func draw(_ map: LoadMap) throws(ResultError) -> String? {
        for kind in Gnuplot.Kind.allCases {
            let script = map.plotScript(output: kind)
            if let problem = try Gnuplot.draw(script, in: partialPath) { return problem }
        }
        return nil
    }
}
