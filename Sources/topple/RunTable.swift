import Foundation
import Processes
import Results

/// The end of a run: what matters in ten seconds, then users, services and the engine.
func printTable(_ summary: RunSummary, series: RunSeries?, folder: String?) {
    writeOutput(
        Terminal.bold("\(summary.name)") + ", seed \(summary.seed), "
            + "\(Format.clock(summary.simulatedSeconds)) simulated")
    writeOutput("")
    for line in headline(summary, series: Terminal.drawsCurves ? series : nil) {
        writeOutput(line)
    }
    writeOutput("")
    print(
        edges: summary.users, heading: "users", label: { "\($0.from) → \($0.to)" })
    writeOutput("")
    printServices(summary)
    writeOutput("")
    if let scaling = summary.scaling {
        for line in scalingLines(scaling) { writeOutput(line) }
        writeOutput("")
    }
    writeOutput("digest   \(summary.digest)")
    writeOutput("engine   \(engineLine(summary))")
    if let folder { writeOutput("results  \(folder)") }
    for violation in summary.violations { writeError("law broken: \(violation)") }
}

/// The verdict in words: what happened, what became of it, and what fed itself.
func verdictLines(_ verdict: Verdict) -> [String] {
    var lines = wrap(
        "verdict  ", Terminal.bold(verdict.state.rawValue) + ": " + verdict.words)
    for (index, effect) in verdict.effects.enumerated() {
        lines += wrap(index == 0 ? "loops    " : "         ", effect.words)
    }
    return lines
}

/// What the control plane did, in a line or two.
func scalingLines(_ scaling: ScalingSummary) -> [String] {
    let sizes = scaling.services.map { service in
        "\(service.name) \(service.least) to \(service.most) (\(service.rescales) changes)"
    }
    let changes = sizes.isEmpty ? "nothing changed" : sizes.joined(separator: ", ")
    var lines = wrap("scaling  ", Terminal.bold(scaling.policy) + ": " + changes)
    let vertical = (scaling.vertical ?? []).map { service in
        "\(service.name) \(String(format: "%.3g", service.targetCPU)) cores recommended, "
            + "\(service.resized) resized, \(service.evicted) evicted"
    }
    if !vertical.isEmpty { lines += wrap("vertical ", vertical.joined(separator: "; ")) }
    let quotas = (scaling.quotas ?? []).map { quota in
        "\(quota.namespace) had at most \(quota.mostPods) pods, "
            + "\(String(format: "%.3g", quota.mostCPU)) cores; "
            + "\(String(format: "%.4g", quota.refusedPodSeconds)) pod-seconds missing"
    }
    if !quotas.isEmpty { lines += wrap("quota    ", quotas.joined(separator: "; ")) }
    return lines
}

/// A text in lines of at most 100 columns, the first after a label.
func wrap(_ label: String, _ text: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        if !line.isEmpty, line.count + word.count > 90 {
            lines.append(line)
            line = ""
        }
        line += line.isEmpty ? String(word) : " " + word
    }
    lines.append(line)
    let indent = String(repeating: " ", count: label.count)
    return lines.enumerated().map { ($0 == 0 ? label : indent) + $1 }
}

/// A column that is shown when it has something to say.
private struct Column<Row> {
    var name: String
    var isAlwaysShown = true
    var count: (Row) -> UInt64 = { _ in 0 }
    var text: (Row) -> String
}

private func printTable<Row>(_ heading: String, _ rows: [Row], columns: [Column<Row>]) {
    let shown = columns.filter { column in
        column.isAlwaysShown || rows.contains { column.count($0) > 0 }
    }
    var table = TextTable(header: [heading] + shown.dropFirst().map(\.name))
    for row in rows { table.add(shown.map { $0.text(row) }) }
    for (index, line) in table.lines.enumerated() {
        writeOutput(index == 0 ? Terminal.dim(line) : line)
    }
}

private func print(
    edges: [EdgeSummary], heading: String, label: @escaping (EdgeSummary) -> String
) {
    func outcome(
        _ name: String, _ isAlwaysShown: Bool = false, _ count: @escaping (EdgeSummary) -> UInt64
    ) -> Column<EdgeSummary> {
        Column(name: name, isAlwaysShown: isAlwaysShown, count: count) { edge in
            share(count(edge), of: edge.requests - edge.inFlight)
        }
    }
    printTable(
        heading, edges,
        columns: [
            Column(name: "", text: label),
            Column(
                name: "calls", isAlwaysShown: false, count: { $0.calls == $0.requests ? 0 : 1 },
                text: { Format.count($0.calls) }),
            Column(name: "requests") { Format.count($0.requests) },
            outcome("ok", true) { $0.successes },
            outcome("timed out", true) { $0.failures.timeout },
            outcome("rejected", true) { $0.failures.rejected },
            outcome("failed", true) { $0.failures.failed },
            outcome("shed") { $0.failures.shed },
            outcome("expired") { $0.failures.expired },
            outcome("unavailable") { $0.failures.unavailable },
            outcome("error") { $0.failures.error },
            outcome("conflict") { $0.failures.conflict },
            outcome("abandoned") { $0.failures.abandoned },
            Column(name: "mean") { Format.latency($0.latency?.mean) },
            Column(name: "p50") { Format.latency($0.latency?.p50) },
            Column(name: "p99") { Format.latency($0.latency?.p99) },
        ])
}

private func printServices(_ summary: RunSummary) {
    func outcome(
        _ name: String, _ isAlwaysShown: Bool = false,
        _ count: @escaping (ServiceSummary) -> UInt64
    ) -> Column<ServiceSummary> {
        Column(name: name, isAlwaysShown: isAlwaysShown, count: count) { service in
            let present = min(service.inFlight, service.requests)
            return share(count(service), of: service.requests - present)
        }
    }
    // Hundreds of lines help nobody: the busiest are shown, and how many are not.
    let limit = 20
    let shown =
        summary.services.count <= limit
        ? summary.services
        : Array(summary.services.sorted { $0.utilisation > $1.utilisation }.prefix(limit))
    printTable(
        "services", shown,
        columns: [
            Column(name: "", text: \.name),
            Column(name: "requests") { Format.count($0.requests) },
            outcome("ok", true) { $0.successes },
            outcome("rejected", true) { $0.failures.rejected },
            outcome("failed", true) { $0.failures.failed },
            outcome("shed") { $0.failures.shed },
            outcome("expired") { $0.failures.expired },
            outcome("unavailable") { $0.failures.unavailable },
            outcome("error") { $0.failures.error },
            outcome("conflict") { $0.failures.conflict },
            outcome("cancelled") { $0.cancelled },
            Column(
                name: "hits", isAlwaysShown: false, count: { $0.cacheHits &+ $0.cacheMisses },
                text: { share($0.cacheHits, of: $0.cacheHits &+ $0.cacheMisses) }),
            Column(
                name: "deaths", isAlwaysShown: false, count: \.kills,
                text: { Format.count($0.kills) }),
            Column(
                name: "drained", isAlwaysShown: false, count: \.drained,
                text: { Format.count($0.drained) }),
            Column(name: "busy") { Format.percent($0.utilisation) },
            Column(name: "mean") { Format.latency($0.latency?.mean) },
            Column(name: "p50") { Format.latency($0.latency?.p50) },
            Column(name: "p99") { Format.latency($0.latency?.p99) },
        ])
    if shown.count < summary.services.count {
        writeOutput(
            "the \(limit) busiest of \(Format.count(summary.services.count)); all are in summary.json"
        )
    }
}

private func share(_ part: UInt64, of whole: UInt64) -> String {
    if part == 0 { return whole == 0 ? "-" : "0%" }
    return Format.percent(Double(part) / Double(whole))
}

private func engineLine(_ summary: RunSummary) -> String {
    var parts: [String] = []
    let speed = summary.wallSeconds > 0 ? summary.simulatedSeconds / summary.wallSeconds : 0
    parts.append(
        "\(Format.speed(speed)) real time in " + String(format: "%.2f s", summary.wallSeconds))
    parts.append("\(Format.count(summary.eventsCommitted)) events")
    if summary.workers > 0 {
        parts.append(
            String(
                format: "executed %.2f times",
                Double(summary.eventsExecuted) / Double(max(summary.eventsCommitted, 1))))
        parts.append(
            "\(Format.count(summary.workers)) workers ready in "
                + Format.latency(summary.startSeconds))
        parts.append(
            "\(Format.count(summary.windows)) windows, \(Format.count(summary.executions)) grants")
        parts.append(
            "workers computed \(Format.latency(summary.computingSeconds)), "
                + "coordinator waited \(Format.latency(summary.waitingSeconds)), "
                + "transport \(Format.latency(summary.transportSeconds))")
    }
    return parts.joined(separator: "; ")
}
