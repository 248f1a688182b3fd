import Results

/// The columns of `series.csv`, by service.
struct ServiceColumns {
    private static let counts: [(name: String, measure: Measure)] = [
        ("arrived", .offered), ("succeeded", .goodput), ("rejected", .rejected),
        ("failed", .failed), ("shed", .shed), ("expired", .expired),
        ("unavailable", .unavailable), ("errors", .errors), ("conflicts", .conflicts),
        ("cancelled", .cancelled),
    ]
    private static let levels: [(name: String, measure: Measure)] = [
        ("replicas", .replicas), ("ready", .ready), ("waiting", .waiting),
        ("mean_requests", .requests), ("kills", .kills), ("crashes", .crashes),
        ("drained", .drained),
        ("latency_p50_s", .p50), ("latency_p90_s", .p90), ("latency_p99_s", .p99),
    ]
    /// Levels that stay as they are while nothing happens.
    private static let held: [Measure] = [.replicas, .ready, .waiting]

    /// By service, then measure.
    private var values: [[Measure: [Double]]]
    private var compute: [[Double]]
    private var replicaTime: [[Double]]
    private let grid: IntervalGrid

    init(_ table: CSVTable, names: [String: Int], grid: IntervalGrid) throws(ResultError) {
        self.grid = grid
        let empty = [Double](repeating: 0, count: grid.count)
        let measures =
            (Self.counts + Self.levels).map(\.measure) + [.hitRatio, .paused, .throttled]
        let blank = Dictionary(uniqueKeysWithValues: measures.map { ($0, empty) })
        values = Array(repeating: blank, count: names.count)
        compute = Array(repeating: empty, count: names.count)
        replicaTime = compute
        var seen = Array(
            repeating: [Bool](repeating: false, count: grid.count), count: names.count)
        let (time, service) = (try table.column("time_s"), try table.column("service"))
        var fields: [(column: Int, measure: Measure, isRate: Bool)] = []
        for (name, measure) in Self.counts {
            fields.append((try table.column(name), measure, true))
        }
        for (name, measure) in Self.levels {
            fields.append((try table.column(name), measure, false))
        }
        let times = (
            compute: try table.column("compute_s"), replicas: try table.column("replica_s"),
            pause: try table.column("pause_s"), throttled: try table.column("throttled_s"),
            hits: try table.column("cache_hits"), misses: try table.column("cache_misses")
        )
        for row in table.rows.indices {
            guard let number = names[String(table.rows[row][service])],
                let index = grid.index(try table.number(row, time))
            else { continue }
            let seconds = max(grid.seconds(index), 1e-9)
            seen[number][index] = true
            for (column, measure, isRate) in fields where table.rows[row][column] != "0" {
                let value = try table.number(row, column)
                values[number][measure]?[index] = isRate ? value / seconds : value
            }
            compute[number][index] = try table.number(row, times.compute)
            let replicas = try table.number(row, times.replicas)
            replicaTime[number][index] = replicas
            if replicas > 0 {
                values[number][.paused]?[index] = try table.number(row, times.pause) / replicas
                values[number][.throttled]?[index] =
                    try table.number(row, times.throttled) / replicas
            }
            let hits = try table.number(row, times.hits)
            let looks = hits + (try table.number(row, times.misses))
            if looks > 0 { values[number][.hitRatio]?[index] = hits / looks }
        }
        for number in values.indices { hold(number, seen[number]) }
    }

    /// Carries levels on over intervals that have no row.
    private mutating func hold(_ service: Int, _ seen: [Bool]) {
        for measure in Self.held {
            guard var column = values[service].removeValue(forKey: measure) else { continue }
            let first = seen.firstIndex(of: true)
            for index in column.indices where !seen[index] {
                if index > 0 {
                    column[index] = column[index - 1]
                } else if let first, measure != .waiting {
                    column[index] = column[first]
                }
            }
            values[service][measure] = column
        }
    }

    /// Joins the columns with what the summary says. Without known cores there is no utilisation.
    func services(_ summaries: [ServiceSummary], cores: [Int]?) -> [RunView.Service] {
        summaries.enumerated().map { number, summary in
            var columns = values[number]
            var bad = [Double](repeating: 0, count: grid.count)
            for index in bad.indices {
                let failures = Measure.causes.reduce(0) { $0 + (columns[$1]?[index] ?? 0) }
                let ended = failures + (columns[.goodput]?[index] ?? 0)
                if ended > 0 { bad[index] = failures / ended }
            }
            columns[.badShare] = bad
            let own = cores.flatMap { number < $0.count ? $0[number] : nil } ?? 0
            if own > 0 {
                columns[.utilisation] = bad.indices.map { index in
                    let time = replicaTime[number][index] * Double(own)
                    return time > 0 ? compute[number][index] / time : 0
                }
            }
            columns = columns.filter { $0.value.contains { $0 != 0 } }
            return RunView.Service(
                name: summary.name, tier: summary.tier, cores: own, columns: columns)
        }
    }
}

/// The columns of `edges.csv`, by edge.
struct EdgeColumns {
    private static let counts: [(name: String, measure: Measure)] = [
        ("calls", .offered), ("call_successes", .goodput), ("call_failures", .failed),
        ("attempts", .attempts), ("retries", .retries), ("hedges", .hedges),
        ("timeouts", .timeouts), ("late_answers", .late), ("refused", .refused),
    ]
    private static let levels: [(name: String, measure: Measure)] = [
        ("trips", .trips), ("latency_p50_s", .p50), ("latency_p90_s", .p90),
        ("latency_p99_s", .p99),
    ]

    /// By `from` and `to`.
    private var values: [String: [Measure: [Double]]] = [:]

    init(_ table: CSVTable, grid: IntervalGrid) throws(ResultError) {
        let empty = [Double](repeating: 0, count: grid.count)
        let (time, from, to) = (
            try table.column("time_s"), try table.column("from"), try table.column("to")
        )
        var fields: [(column: Int, measure: Measure, isRate: Bool)] = []
        for (name, measure) in Self.counts {
            fields.append((try table.column(name), measure, true))
        }
        for (name, measure) in Self.levels {
            fields.append((try table.column(name), measure, false))
        }
        let measures = fields.map(\.measure) + [.badShare]
        let blank = Dictionary(uniqueKeysWithValues: measures.map { ($0, empty) })
        let (good, bad) = (try table.column("successes"), try table.column("failures"))
        for row in table.rows.indices {
            guard let index = grid.index(try table.number(row, time)) else { continue }
            let seconds = max(grid.seconds(index), 1e-9)
            let key = Self.key(table.rows[row][from], table.rows[row][to])
            for (column, measure, isRate) in fields where table.rows[row][column] != "0" {
                let value = try table.number(row, column)
                values[key, default: blank][measure]?[index] = isRate ? value / seconds : value
            }
            let failures =
                (try table.number(row, bad))
                + (values[key]?[.timeouts]?[index] ?? 0) * seconds
            let ended = failures + (try table.number(row, good))
            if ended > 0 {
                values[key, default: blank][.badShare]?[index] = failures / ended
            }
        }
    }

    private static func key(_ from: some StringProtocol, _ to: some StringProtocol) -> String {
        "\(from)\u{0}\(to)"
    }

    func edges(_ summaries: [EdgeSummary], numbers: [String: Int]) -> [RunView.Edge] {
        summaries.compactMap { summary in
            // What users call is `service.endpoint`; names of services have no dots of their own.
            let name = summary.isUsers ? endpointService(summary.to, numbers) : summary.to
            guard let name, let target = numbers[name] else { return nil }
            let columns = values[Self.key(summary.from, summary.to)] ?? [:]
            return RunView.Edge(
                from: summary.from, to: summary.to,
                caller: summary.isUsers ? nil : numbers[summary.from], target: target,
                columns: columns.filter { $0.value.contains { $0 != 0 } })
        }
    }

    /// The longest known service that `text` begins with, before a dot.
    private func endpointService(_ text: String, _ numbers: [String: Int]) -> String? {
        var end = text.endIndex
        while let dot = text[..<end].lastIndex(of: ".") {
            let name = String(text[..<dot])
            if numbers[name] != nil { return name }
            end = dot
        }
        return nil
    }
}
