import ArgumentParser
import Coordination
import Kernel
import Model
import Processes
import Results
import Topology

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Traces requests of a finished run, by running it again.",
        discussion: """
            EXAMPLES
              topple trace results/spike-abcd-seed1 --format jaeger > traces.json
              topple trace results/spike-abcd-seed1 --sample 1% --slowest 0 --failed 0

            A run depends on its topology and seed alone, so what was not traced can be
            traced afterwards. The digest shows that it was the same run.
            """)

    @Argument(help: "A result folder.", completion: .directory)
    var folder: String

    @Option(help: "The format: otlp (OpenTelemetry) or jaeger.")
    var format = TraceExport.Format.otlp

    @Option(help: ArgumentHelp("Trace this share of users' requests.", valueName: "share"))
    var sample: String?

    @Option(
        help: ArgumentHelp(
            "Trace the N slowest successful requests of each stream of users.", valueName: "N"))
    var slowest = 10

    @Option(
        help: ArgumentHelp(
            "Trace up to N failed requests of each stream of users.", valueName: "N"))
    var failed = 10

    @Option(help: "The file to write (default: standard output).", completion: .file())
    var out: String?

    mutating func validate() throws {
        _ = try TraceOptions.share(sample, option: "--sample")
        try TraceOptions.checkCount(slowest, option: "--slowest")
        try TraceOptions.checkCount(failed, option: "--failed")
        if sample == nil, slowest == 0, failed == 0 {
            throw ValidationError("nothing to trace: give --sample, --slowest or --failed")
        }
    }

    func run() throws {
        try reportingErrors {
            let export = try trace()
            guard let out else {
                switch format {
                case .otlp: export.writeOpenTelemetry { writeOutput(piece: $0) }
                case .jaeger: export.writeJaeger { writeOutput(piece: $0) }
                }
                return
            }
            do throws(ResultError) {
                try export.write(format, to: out)
            } catch {
                throw UserError(text: "\(error)", code: .badInput)
            }
        }
    }

    private func trace() throws -> TraceExport {
        let run: LoadedRun
        let topology: TopologyFile
        let job: RunJob
        do throws(ResultError) {
            run = try LoadedRun.load(folder)
            topology = try run.topology()
            job = RunJob(
                subject: .services(
                    topology.model, scaling: try run.scalingPlan(of: topology)),
                settings: RunSettings(
                    seed: run.summary.seed, duration: run.end - .start, traces: settings),
                placement: .inProcess, synchronisation: .optimistic(window: nil),
                workerTimeout: .zero)
        } catch {
            throw UserError(text: "\(error)", code: .badInput)
        }
        let signals = try SignalLatch()
        let reporter = ProgressReporter(.auto, isQuiet: false)
        let first = try runReportingFailures(job, signals, reporter).outcome
        guard first.digest.description == run.summary.digest else {
            throw UserError(
                text: "\(folder): error: run again, it had the digest \(first.digest) instead of "
                    + "\(run.summary.digest)\n  fix: use the version that made the run, "
                    + run.summary.version,
                code: .failed)
        }
        return TraceExport(
            try collectTraces(first, of: job, signals, reporter), model: topology.model,
            topologyHash: run.summary.topologyHash, seed: run.summary.seed,
            version: run.summary.version)
    }

    private var settings: TraceSettings {
        TraceSettings(
            share: (try? TraceOptions.share(sample, option: "")) ?? 0, slowest: slowest,
            failed: failed)
    }
}

extension TraceExport.Format: ExpressibleByArgument {}
