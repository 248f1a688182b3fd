import Results

extension ReportPage {
    /// The services and edges in numbers, as sortable tables.
    static func tables(_ summary: RunSummary) -> String {
        let few = summary.services.count <= 40 ? " open" : ""
        let fewEdges = summary.edges.count <= 60 ? " open" : ""
        return """
            <section id="tables"><h2>Tables</h2>
            <details\(few)><summary>\(grouped(summary.services.count)) services</summary>
            <div class="scroll"><table class="sortable"><thead><tr><th>service</th>\
            \(head("tier", "tier"))\(head("columnRequests", "requests"))\(head("columnOk", "ok"))\
            \(head("columnOwn", "own failures"))\(head("failed", "failed"))\
            \(head("cancelled", "cancelled"))\(head("columnBusy", "busy"))\
            \(head("columnInside", "mean inside"))\(head("latency", "p50"))\(head("latency", "p99"))\
            \(head("kills", "deaths"))\(head("drained", "drained"))\
            \(head("replicaHours", "replica hours"))</tr></thead>
            <tbody>\(summary.services.map(row).joined(separator: "\n"))</tbody></table></div></details>
            <details\(fewEdges)><summary>\(grouped(summary.edges.count)) edges</summary>
            <div class="scroll"><table class="sortable"><thead><tr><th>edge</th>\
            \(head("columnCalls", "calls"))\(head("columnOk", "ok"))\(head("attempts", "attempts"))\
            \(head("retries", "retries"))\(head("timeouts", "timed out"))\
            \(head("columnLate", "late"))\(head("amplification", "attempts a call"))\
            \(head("latency", "p50"))\(head("latency", "p99"))</tr></thead>
            <tbody>\(summary.edges.map(row).joined(separator: "\n"))</tbody></table></div></details>
            </section>
            """
    }

    private static func head(_ id: String, _ words: String) -> String {
        "<th>\(term(id, words))</th>"
    }

    /// A cell with the number to sort by.
    private static func cell(_ value: Double?, _ words: String) -> String {
        "<td data-v=\"\(value ?? -1)\">\(words)</td>"
    }

    private static func share(_ part: UInt64, _ whole: UInt64) -> String {
        let value = whole > 0 ? Double(part) / Double(whole) : nil
        return cell(value, value.map(percentage) ?? "-")
    }

    private static func count(_ value: UInt64) -> String {
        cell(Double(value), grouped(Int(clamping: value)))
    }

    private static func time(_ value: Double?) -> String {
        cell(value, value.map(duration) ?? "-")
    }

    private static func row(_ service: ServiceSummary) -> String {
        let own = service.failures
        let ended = service.requests - min(service.inFlight, service.requests)
        let refused = own.rejected + own.shed + own.expired + own.unavailable + own.error
        return "<tr><td>\(escaped(service.name))</td>" + count(UInt64(service.tier))
            + count(service.requests) + share(service.successes, ended)
            + share(refused + own.conflict, ended) + share(own.failed, ended)
            + share(service.cancelled, ended)
            + cell(service.utilisation, short(service.utilisation * 100) + " %")
            + cell(service.meanInSystem, short(service.meanInSystem)) + time(service.latency?.p50)
            + time(service.latency?.p99) + count(service.kills) + count(service.drained)
            + cell(service.replicaSeconds, short(service.replicaSeconds / 3_600)) + "</tr>"
    }

    private static func row(_ edge: EdgeSummary) -> String {
        let ended = edge.callSuccesses + edge.callFailures
        return "<tr><td>\(escaped(edge.from)) → \(escaped(edge.to))</td>" + count(edge.calls)
            + share(edge.callSuccesses, ended) + count(edge.requests) + count(edge.retries)
            + share(edge.failures.timeout, edge.requests) + count(edge.lateAnswers)
            + cell(edge.amplification, short(edge.amplification)) + time(edge.latency?.p50)
            + time(edge.latency?.p99) + "</tr>"
    }
}
