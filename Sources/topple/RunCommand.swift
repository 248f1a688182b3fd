import ArgumentParser
import ControlPlane
import Coordination
import Execution
import Foundation
import Kernel
import Model
import Policies
import Processes
import Results
import Topology
import Wire

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Simulates a topology and writes a result folder.",
        discussion: """
            EXAMPLES
              topple run topologies/spike-abcd.yaml
              topple run topologies/tree85.yaml --placement 2 --duration "1 min" --seed 7
              topple run topologies/chain4.yaml --placement in-process --json

            The result depends on the topology, the duration and the seed, never on
            placement, synchronisation or the machine: the digest tells.
            """)

    @Argument(help: "The topology file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: "The seed of all random draws (default: the file's, or 1).")
    var seed: UInt64?

    @Option(help: "Simulated time, such as \"10 min\" (default: the file's).")
    var duration: DurationArgument?

    @Option(help: "The result folder (default: results/NAME-seedN).", completion: .directory)
    var out: String?

    @Flag(help: "Replace the result folder if it exists.")
    var force = false

    @Option(help: "The scaling policy, instead of the one that the file names.")
    var scaling: String?

    @OptionGroup var outside: PolicyOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var recording: RecordingOptions

    @OptionGroup var tracing: TraceOptions

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    @Flag(help: "Print the summary as JSON, and nothing else.")
    var json = false

    @Flag(help: "Show who created load and where work was wasted, too.")
    var ledger = false

    @Option(help: "Show progress: auto, always or never.")
    var progress = ProgressArgument.auto

    func run() throws {
        try reportingErrors {
            let topology = try loadTopology(file)
            try simulate(topology)
        }
    }

    private func simulate(_ topology: TopologyFile) throws {
        var (settings, resolution) = try recording.settings(
            seed: seed ?? topology.seed ?? 1, duration: duration?.duration ?? topology.duration)
        settings.traces = tracing.settings
        let path = out ?? defaultFolder(name: topology.name, seed: settings.seed)
        let plan = try outside.scaling(scaling, of: topology)
        for warning in plan?.warnings ?? [] { writeError("warning: \(warning.words)") }
        let signals = try SignalLatch()
        let policy = try outside.session(topology, plan, settings, signals)
        let record = try reportingBadInput {
            try RunRecording(
                at: try ResultFolder.stage(at: path, force: force), topology: topology,
                settings: settings, resolution: resolution,
                manifest: manifest(topology, settings, resolution, scaling: plan),
                database: recording.database)
        }
        let job = RunJob(
            subject: .services(topology.model, scaling: plan), settings: settings,
            placement: engine.placement.choice, synchronisation: engine.synchronisation,
            workerTimeout: engine.workerTimeoutDuration, policy: policy, record: record.record)
        let reporter = ProgressReporter(progress, isQuiet: quiet || json)
        let result = try runReportingFailures(job, signals, reporter, stop: record.stop)
        let traces =
            settings.traces.isOn
            ? try collectTraces(result.outcome, of: job, signals, reporter) : nil
        let series = RunSeries(
            model: topology.model, outcome: result.outcome, interval: settings.checkpointInterval)
        let summary = RunSummary(
            run: engine.describe(
                result, name: topology.name, seed: settings.seed, hash: topology.topologyHash),
            model: topology.model, outcome: result.outcome, series: series)
        do throws(ResultError) {
            try record.finish(
                summary, result.outcome,
                traces: traces.map {
                    TraceExport(
                        $0, model: topology.model, topologyHash: topology.topologyHash,
                        seed: settings.seed, version: ProtocolVersion.release)
                })
        } catch {
            let kept = record.stop(reason: error.message).map { "\n  \($0)" } ?? ""
            throw UserError(text: "\(error)\(kept)", code: .badInput)
        }
        if let problem = policy?.finish(summary) { writeError("warning: \(problem)") }
        try show(summary, series, folder: path)
    }

    private func manifest(
        _ topology: TopologyFile, _ settings: RunSettings, _ resolution: SimulatedDuration,
        scaling plan: ScalingPlan?
    ) -> Manifest {
        Manifest(
            topology: topology, path: file, seed: settings.seed,
            durationSeconds: settings.end.seconds,
            resolutionSeconds: settings.streamsSamples
                ? (SimulatedInstant.start + resolution).seconds : nil,
            scaling: plan?.policy.name, placement: engine.placement.description,
            sync: engine.sync.rawValue,
            command: ["topple"] + CommandLine.arguments.dropFirst(),
            labels: recording.labels, versions: .here)
    }

    private func show(
        _ summary: RunSummary, _ series: RunSeries, folder path: String
    ) throws {
        if json {
            writeOutput(String(decoding: summary.json(), as: UTF8.self))
        } else if !quiet {
            printTable(summary, series: series, folder: path)
            if ledger {
                writeOutput("")
                printLedger(summary)
            }
        }
        if !summary.violations.isEmpty {
            if quiet || json {
                for violation in summary.violations { writeError("law broken: \(violation)") }
            }
            throw ExitCode.failed
        }
    }

    /// `results/NAME-seedN`, with a number if that exists.
    private func defaultFolder(name: String, seed: UInt64) -> String {
        let base = "results/\(name)-seed\(seed)"
        if force || !FileManager.default.fileExists(atPath: base) { return base }
        var number = 2
        while FileManager.default.fileExists(atPath: "\(base)-\(number)") { number += 1 }
        return "\(base)-\(number)"
    }
}

/// Runs `body`; what is wrong with a result becomes a message and an exit status.
func reportingBadInput<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as ResultError {
        throw UserError(text: "\(error)", code: .badInput)
    }
}

/// Runs a job, showing its progress; a failure becomes a message and an exit status.
///
/// `stop` is told why the run has ended before its time, and says what is kept of it; `nil` if nothing is.
func runReportingFailures(
    _ job: RunJob, _ signals: SignalLatch?, _ reporter: ProgressReporter,
    stop: (_ reason: String) -> String? = { _ in nil }
) throws -> RunResult {
    defer { reporter.finish() }
    do {
        return try execute(job, signals: signals, observe: reporter.show)
    } catch RunFailure.interrupted(let request) {
        reporter.finish()
        let kept = stop("interrupted") ?? "nothing was written"
        throw UserError(text: "interrupted: \(kept)", code: ExitCode(request.exitStatus))
    } catch let failure as RunFailure {
        reporter.finish()
        let kept = stop(failure.description).map { "\n  \($0)" } ?? ""
        throw UserError(text: "error: \(failure)\(kept)", code: .failed)
    } catch let failure as PolicyFailure {
        reporter.finish()
        let kept = stop(failure.message).map { "\n  \($0)" } ?? ""
        throw UserError(text: "error: \(failure)\(kept)", code: .failed)
    } catch let error as ResultError {
        reporter.finish()
        let kept = stop(error.message).map { "\n  \($0)" } ?? ""
        throw UserError(text: "\(error)\(kept)", code: .badInput)
    }
}

/// How a run is executed; none of it changes the result.
struct EngineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where services run: service (a worker process each), N (that many workers), or in-process.",
            valueName: "service|N|in-process"))
    var placement = PlacementArgument(.service)

    @Option(help: "How workers are kept in step: optimistic or conservative.")
    var sync = SyncArgument.optimistic

    @Option(
        help: "A fixed length of the optimistic windows, such as \"50 ms\" (default: adaptive).")
    var window: DurationArgument?

    @Option(help: "How long a worker may take to answer before the run is given up.")
    var workerTimeout = "60 s"

    mutating func validate() throws {
        guard DurationArgument(argument: workerTimeout) != nil else {
            throw ValidationError("--worker-timeout takes a time such as \"60 s\"")
        }
        if window != nil, sync == .conservative {
            throw ValidationError("--window is for --sync optimistic only")
        }
    }

    var synchronisation: Synchronisation {
        sync == .conservative ? .conservative : .optimistic(window: window?.duration)
    }

    var workerTimeoutDuration: Duration {
        .nanoseconds(DurationArgument(argument: workerTimeout)?.duration.nanoseconds ?? 0)
    }

    /// What the summary says of the run besides its results.
    func describe(
        _ result: RunResult, name: String, seed: UInt64, hash: String
    ) -> RunDescription {
        RunDescription(
            name: name, seed: seed, topologyHash: hash, version: ProtocolVersion.release,
            placement: placement.description,
            sync: placement.choice == .inProcess ? "sequential" : sync.rawValue,
            workers: result.workers, startSeconds: Format.seconds(result.start),
            wallSeconds: Format.seconds(result.wall),
            computingSeconds: Format.seconds(result.computing),
            waitingSeconds: Format.seconds(result.waiting),
            transportSeconds: Format.seconds(result.transport))
    }
}
