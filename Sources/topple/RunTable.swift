import Foundation
import Processes
import Results

/// The end of a run, readable in ten seconds: users first, then services, then the engine.
func printTable(_ summary: RunSummary, folder: String?) {
    writeOutput(
        Terminal.bold("\(summary.name)") + ", seed \(summary.seed), "
            + "\(Format.clock(summary.simulatedSeconds)) simulated")
    writeOutput("")
    print(
        edges: summary.users, heading: "users", label: { "\($0.from) → \($0.to)" })
    writeOutput("")
    printServices(summary)
    writeOutput("")
    writeOutput("digest   \(summary.digest)")
    writeOutput("engine   \(engineLine(summary))")
    if let folder { writeOutput("results  \(folder)") }
    for violation in summary.violations { writeError("law broken: \(violation)") }
}

private func print(
    edges: [EdgeSummary], heading: String, label: (EdgeSummary) -> String
) {
    var table = TextTable(header: [
        heading, "requests", "ok", "timed out", "rejected", "failed", "mean", "p50", "p99",
    ])
    for edge in edges {
        let answered = edge.requests - edge.inFlight
        table.add([
            label(edge), Format.count(edge.requests), share(edge.successes, of: answered),
            share(edge.failures.timeout, of: answered),
            share(edge.failures.rejected, of: answered), share(edge.failures.failed, of: answered),
            Format.latency(edge.latency?.mean), Format.latency(edge.latency?.p50),
            Format.latency(edge.latency?.p99),
        ])
    }
    for (index, line) in table.lines.enumerated() {
        writeOutput(index == 0 ? Terminal.dim(line) : line)
    }
}

private func printServices(_ summary: RunSummary) {
    var table = TextTable(header: [
        "services", "requests", "ok", "rejected", "failed", "busy", "mean", "p50", "p99",
    ])
    // Hundreds of lines help nobody: the busiest are shown, and how many are not.
    let limit = 20
    let shown =
        summary.services.count <= limit
        ? summary.services
        : Array(summary.services.sorted { $0.utilisation > $1.utilisation }.prefix(limit))
    for service in shown {
        let answered = service.requests - service.inFlight
        table.add([
            service.name, Format.count(service.requests), share(service.successes, of: answered),
            share(service.failures.rejected, of: answered),
            share(service.failures.failed, of: answered), Format.percent(service.utilisation),
            Format.latency(service.latency?.mean), Format.latency(service.latency?.p50),
            Format.latency(service.latency?.p99),
        ])
    }
    for (index, line) in table.lines.enumerated() {
        writeOutput(index == 0 ? Terminal.dim(line) : line)
    }
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
