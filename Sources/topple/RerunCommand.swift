import ArgumentParser
import Coordination
import Kernel
import Processes
import Results
import Topology
import Wire

struct RerunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun",
        abstract: "Runs a stored run again and compares the digests.",
        discussion: """
            EXAMPLE
              topple rerun results/chain4-seed1

            Takes the topology, the seed, the duration and the scaling policy from the result
            folder, checks the hashes of all inputs, and writes nothing. Exits with 0 if the
            digest is the same and with 1 if not; then it names the first interval that differs.
            """)

    @Argument(help: "A result folder.", completion: .directory)
    var folder: String

    @OptionGroup var engine: EngineOptions

    @Option(help: "Show progress: auto, always or never.")
    var progress = ProgressArgument.auto

    func run() throws {
        try reportingErrors {
            let stored = try reportingBadInput { try LoadedRun.load(folder) }
            let topology = try reportingBadInput { try stored.inputs() }
            let plan = try reportingBadInput { try stored.scalingPlan(of: topology) }
            let settings = RunSettings(
                seed: stored.summary.seed, duration: stored.end - .start)
            let job = RunJob(
                subject: .services(topology.model, scaling: plan), settings: settings,
                placement: engine.placement.choice, synchronisation: engine.synchronisation,
                workerTimeout: engine.workerTimeoutDuration)
            let reporter = ProgressReporter(progress, isQuiet: false)
            let result = try runReportingFailures(job, try SignalLatch(), reporter)
            let digests = DigestTable(
                model: topology.model, outcome: result.outcome,
                interval: settings.checkpointInterval)
            let comparison = RerunComparison(
                stored, digest: result.outcome.digest.description, digests: digests,
                version: ProtocolVersion.release)
            writeOutput(comparison.description)
            if !comparison.isReproduced { throw ExitCode.failed }
        }
    }
}
