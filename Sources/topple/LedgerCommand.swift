import ArgumentParser
import Processes
import Results

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Shows who created load in a run, and where work was wasted.",
        discussion: """
            EXAMPLE
              topple ledger results/r4x-storm-seed1

            Attempts are counted by what made them; core time by who had any use of it. An
            answer tells of the core time spent on it, and passes on what its own calls
            were told, so that all core time comes to rest once and the sum is exact.
            """)

    @Argument(help: "A result folder.", completion: .directory)
    var folder: String

    func run() throws {
        try reportingErrors {
            let run: LoadedRun
            do throws(ResultError) { run = try LoadedRun.load(folder) } catch {
                throw UserError(text: "\(error)", code: .badInput)
            }
            printLedger(run.summary)
        }
    }
}

/// Who created load and where it was wasted: the whole system, its tiers, edges and services.
func printLedger(_ summary: RunSummary) {
    let work = summary.ledger.work
    let parts: [(Double, String)] = [
        (work.useful, "useful"), (work.failed, "in failures"), (work.late, "late"),
        (work.dropped, "dropped"), (work.lost, "lost by the network"),
        (work.background, "in the background"),
        (work.inServices + work.inTransit, "unfinished"),
    ]
    let shares = parts.filter { $0.0 > 0 }.map { "\(part($0.0, of: work.computed)) \($0.1)" }
    writeOutput(
        Terminal.bold("core time") + "  \(Format.latency(work.computed)) computed: "
            + shares.joined(separator: ", "))
    writeOutput("")
    printTiers(summary.ledger)
    writeOutput("")
    printEdges(summary.edges)
    writeOutput("")
    printWork(summary.services)
    writeOutput("")
    printTimes(summary.services)
    if let verdict = summary.verdict {
        writeOutput("")
        for line in verdictLines(verdict) { writeOutput(line) }
    }
    for violation in summary.violations { writeError("law broken: \(violation)") }
}

private let mostRows = 40

private func show(_ table: TextTable, leftOut: Int) {
    for (index, line) in table.lines.enumerated() {
        writeOutput(index == 0 ? Terminal.dim(line) : line)
    }
    if leftOut > 0 { writeOutput("and \(Format.count(leftOut)) more, in summary.json") }
}

private func part(_ part: Double, of whole: Double) -> String {
    whole > 0 ? Format.percent(part / whole) : "-"
}

private func printTiers(_ ledger: LedgerSummary) {
    var table = TextTable(header: [
        "tier", "calls", "attempts", "retries", "hedges", "attempts a call", "a user's call",
    ])
    for tier in ledger.tiers {
        table.add([
            "\(tier.tier) \(tier.callers.prefix(3).joined(separator: ", "))"
                + (tier.callers.count > 3 ? ", ..." : ""),
            Format.count(tier.calls), Format.count(tier.attempts), Format.count(tier.retries),
            Format.count(tier.hedges), ratio(tier.amplification), ratio(tier.attemptsPerUserCall),
        ])
    }
    show(table, leftOut: 0)
}

private func ratio(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = String(hundredths % 100)
    return "\(hundredths / 100).\(rest.count == 1 ? "0" : "")\(rest)"
}

private func printEdges(_ edges: [EdgeSummary]) {
    var table = TextTable(header: [
        "edge", "calls", "ok", "attempts", "retries", "hedges", "ok", "late", "refused", "useful",
        "failed", "late",
    ])
    for edge in edges.prefix(mostRows) {
        table.add([
            "\(edge.from) → \(edge.to)", Format.count(edge.calls),
            part(Double(edge.callSuccesses), of: Double(edge.calls)), Format.count(edge.requests),
            Format.count(edge.retries), Format.count(edge.hedges),
            part(Double(edge.successes), of: Double(edge.requests)),
            Format.count(edge.lateAnswers), Format.count(edge.refusals.all),
            Format.latency(edge.work.useful), Format.latency(edge.work.failed),
            Format.latency(edge.work.late),
        ])
    }
    show(table, leftOut: edges.count - mostRows)
}

private func printWork(_ services: [ServiceSummary]) {
    var table = TextTable(header: [
        "requests at", "all", "first", "retries", "hedges", "by tier", "computed", "dropped",
        "background", "unfinished",
    ])
    for service in services.prefix(mostRows) {
        let retries = service.causes.retries
        let byTier = retries.enumerated().filter { $0.element > 0 }
            .map { "\($0.offset + 1): \(Format.count($0.element))" }.joined(separator: ", ")
        table.add([
            service.name, Format.count(service.requests), Format.count(service.causes.first),
            Format.count(retries.reduce(0, &+)), Format.count(service.causes.hedges),
            byTier.isEmpty ? "-" : byTier, Format.latency(service.work.computed),
            Format.latency(service.work.dropped), Format.latency(service.work.background),
            Format.latency(service.work.inService + service.work.inTransit),
        ])
    }
    show(table, leftOut: services.count - mostRows)
}

private func printTimes(_ services: [ServiceSummary]) {
    var table = TextTable(header: [
        "time at", "queue", "core", "compute", "delay", "downstream", "resume", "lock", "paused",
        "throttled",
    ])
    for service in services.prefix(mostRows) {
        let times = service.times
        let spent = [
            times.queue, times.core, times.compute, times.delay, times.downstream, times.resume,
            times.lock,
        ]
        let all = spent.reduce(0, +)
        let halts = [service.pauseSeconds, service.throttledSeconds]
        table.add(
            [service.name] + spent.map { part($0, of: all) } + halts.map { Format.latency($0) })
    }
    show(table, leftOut: services.count - mostRows)
}
