import ArgumentParser
import Coordination
import Foundation
import Kernel
import Model
import Processes

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures the engine on models of known shape.",
        discussion: """
            MODELS
              r4     chain of 4 services, 1,280 requests/s
              r85    tree of 85 services, 12,800 requests/s
              r4s    r4 with 32 threads a tier: saturated
              phold  the PHOLD benchmark: events that hop between processes at random
              spawn  starts workers and lets them go

            EXAMPLES
              topple bench r85 --placement in-process --repeat 5
              topple bench phold --lps 16 --population 4 --lookahead 1 --mean 9
              topple bench spawn --lps 1000

            A time unit of PHOLD is a simulated millisecond. Speeds vary with the
            machine: compare figures of one sitting, by their medians.
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case r4, r85, r4s, phold, spawn
    }

    @Argument(help: "What to run: r4, r85, r4s, phold or spawn.")
    var model: Subject

    @OptionGroup var engine: EngineOptions

    @Option(help: "Simulated time (default: \"60 s\"; PHOLD: \"10 s\", which is 10,000 units).")
    var duration: DurationArgument?

    @Option(name: .customLong("repeat"), help: "How many runs.")
    var count = 3

    @Flag(help: "Print a line of JSON for each run, and nothing else.")
    var json = false

    @Option(help: "The seed.")
    var seed: UInt64 = 1

    @Option(help: "PHOLD: logical processes. Spawn: workers.")
    var lps = 16
    @Option(help: "PHOLD: events that each process begins with.")
    var population = 4
    @Option(help: "PHOLD: least delay of a hop, in units.")
    var lookahead = 1.0
    @Option(help: "PHOLD: mean of the exponential delay on top, in units.")
    var mean = 9.0

    mutating func validate() throws {
        guard count >= 1 else { throw ValidationError("--repeat takes at least 1") }
        guard (1...PholdConfiguration.mostProcesses).contains(lps),
            (1...PholdConfiguration.mostEvents).contains(population),
            lookahead > 0, lookahead < 1e9, mean > 0, mean < 1e9
        else {
            throw ValidationError(
                "--lps takes 1 to \(PholdConfiguration.mostProcesses), --population 1 to "
                    + "\(PholdConfiguration.mostEvents), --lookahead and --mean more than 0 and "
                    + "less than 1e9")
        }
    }

    func run() throws {
        try reportingErrors {
            let signals = try SignalLatch()
            var table = TextTable(header: [
                "run", "real time", "events/s", "executed", "grants", "ready", "wall", "digest",
            ])
            var speeds: [Double] = []
            let (job, name) = makeJob()
            for number in 1...count {
                let reporter = ProgressReporter(.auto, isQuiet: json)
                let result = try runReportingFailures(job, signals, reporter)
                let wall = Format.seconds(result.wall)
                let statistics = result.outcome.statistics
                let speed = Double(statistics.eventsCommitted) / wall
                if json {
                    writeOutput(
                        "{\"wallSeconds\": \(wall), \"startSeconds\": "
                            + "\(Format.seconds(result.start)), \"simulatedSeconds\": "
                            + "\(job.settings.end.seconds), \"eventsCommitted\": "
                            + "\(statistics.eventsCommitted), \"eventsExecuted\": "
                            + "\(statistics.eventsExecuted), \"digest\": "
                            + "\"\(result.outcome.digest)\"}")
                    continue
                }
                speeds.append(speed)
                table.add([
                    String(number),
                    String(format: "%.1f×", job.settings.end.seconds / wall),
                    Format.short(speed),
                    String(
                        format: "%.2f",
                        Double(statistics.eventsExecuted)
                            / Double(max(statistics.eventsCommitted, 1))),
                    Format.count(statistics.executions),
                    Format.latency(Format.seconds(result.start)),
                    String(format: "%.3f s", wall), result.outcome.digest.description,
                ])
            }
            if json { return }
            writeOutput(
                "\(name), \(job.settings.end.seconds) s simulated, placement "
                    + engine.placement.description)
            for line in table.lines { writeOutput(line) }
            let sorted = speeds.sorted()
            writeOutput(
                "events/s: median \(Format.short(sorted[sorted.count / 2])), "
                    + "from \(Format.short(sorted[0])) to \(Format.short(sorted[sorted.count - 1]))"
            )
        }
    }

    private func makeJob() -> (RunJob, name: String) {
        let subject: RunJob.Subject
        let name: String
        var length = duration?.duration ?? .seconds(60)
        switch model {
        case .r4: (subject, name) = (.services(ReferenceModels.r4), "R4")
        case .r85: (subject, name) = (.services(ReferenceModels.r85), "R85")
        case .r4s: (subject, name) = (.services(ReferenceModels.r4s), "R4S")
        case .spawn:
            length = duration?.duration ?? .milliseconds(1)
            (subject, name) = (.services(ReferenceModels.idle(lps)), "\(lps) idle workers")
        case .phold:
            length = duration?.duration ?? .seconds(10)
            let unit = PholdConfiguration.unit.seconds
            subject = .phold(
                PholdConfiguration(
                    index: 0, count: lps, population: population,
                    lookahead: SimulatedDuration(seconds: lookahead * unit),
                    mean: SimulatedDuration(seconds: mean * unit), seed: seed))
            name = "PHOLD with \(lps) processes of \(population) events"
        }
        let job = RunJob(
            subject: subject, settings: RunSettings(seed: seed, duration: length),
            placement: engine.placement.choice, synchronisation: engine.synchronisation,
            workerTimeout: engine.workerTimeoutDuration)
        return (job, name)
    }
}
