import ArgumentParser
import ControlPlane
import Coordination
import Execution
import Kernel
import Model
import Processes
import Results
import Topology
import Wire

/// Which requests of users are traced.
struct TraceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Trace this share of users' requests, such as 0.1%, drawn by seed and request.",
            valueName: "share"))
    var traceSample: String?

    @Option(
        help: ArgumentHelp(
            "Trace the N slowest successful requests of each stream of users, too.",
            valueName: "N"))
    var traceSlowest = 0

    @Option(
        help: ArgumentHelp(
            "Trace up to N failed requests of each stream of users, too.", valueName: "N"))
    var traceFailed = 0

    mutating func validate() throws {
        _ = try Self.share(traceSample, option: "--trace-sample")
        try Self.checkCount(traceSlowest, option: "--trace-slowest")
        try Self.checkCount(traceFailed, option: "--trace-failed")
    }

    /// What a run is asked to trace.
    var settings: TraceSettings {
        TraceSettings(
            share: (try? Self.share(traceSample, option: "")) ?? 0, slowest: traceSlowest,
            failed: traceFailed)
    }

    static func share(_ text: String?, option: String) throws -> Double {
        guard let text else { return 0 }
        do throws(QuantityError) {
            return try Quantity.probability(text)
        } catch {
            throw ValidationError("\(option): \(error.message); \(error.remedy)")
        }
    }

    static func checkCount(_ count: Int, option: String) throws {
        guard (0...TraceSettings.mostTails).contains(count) else {
            throw ValidationError(
                "\(option) takes a number of requests in 0 to \(TraceSettings.mostTails)")
        }
    }
}

/// The traces of a run that has been made: those sampled in it, and those of the requests that it names
/// as the slowest and as failed, for which it is run once more in this process.
///
/// - Parameters:
///   - outcome: of the run, whose settings were those of `job`.
///   - job: the run.
///   - signals: where requests to stop arrive.
///   - reporter: shows the progress of the second run.
/// - Returns: by request, ascending.
/// - Throws: also when the second run has another digest, which shows a broken engine.
func collectTraces(
    _ outcome: RunOutcome, of job: RunJob, _ signals: SignalLatch?, _ reporter: ProgressReporter
) throws -> [Trace] {
    let chosen = TraceAssembly.untracedTails(of: outcome)
    guard !chosen.isEmpty else { return TraceAssembly.traces(of: outcome) }
    if case .services(_, let plan?) = job.subject, plan.policy.kind == .external {
        throw UserError(
            text: "error: the slowest and the failed requests are traced by a second run, and the "
                + "policy outside that scaled the first cannot be asked again\n"
                + "  fix: trace with --trace-sample alone",
            code: .badInput)
    }
    var again = job
    again.placement = .inProcess
    again.settings.recordsEvents = false
    again.settings.traces = TraceSettings(chosen: chosen)
    again.record = { _ in }
    let second = try runReportingFailures(again, signals, reporter).outcome
    guard second.digest == outcome.digest else {
        throw UserError(
            text: "error: run again for its traces, the simulation had the digest "
                + "\(second.digest) instead of \(outcome.digest): please report this",
            code: .failed)
    }
    return TraceAssembly.traces(of: outcome, and: second)
}
