import ArgumentParser
import Execution
import Policies
import Processes
import Topology
import Wire
import ZeroMQ

struct StepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Serves a topology to a learner or an optimiser that decides step by step.",
        discussion: """
            EXAMPLE
              topple step topologies/scaling/abcd-spike.yaml --bind tcp://127.0.0.1:5556

            Requests are reset, observe, act, advance and close, as JSON over a ZeroMQ
            REQ socket; docs/policies.md describes them. Prints where it listens, then
            serves until it is closed or interrupted. The simulation runs in this
            process, and only while a request is served.
            """)

    @Argument(help: "The topology file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(
        help: ArgumentHelp(
            "Where to listen: tcp://HOST:PORT (port * for a free one) or ipc://PATH.",
            valueName: "endpoint"))
    var bind = "tcp://127.0.0.1:5556"

    @Option(help: "The seed of runs that name none (default: the file's, or 1).")
    var seed: UInt64?

    @Option(help: "Simulated time of runs that name none (default: the file's).")
    var duration: DurationArgument?

    mutating func validate() throws { try checkEndpoint(bind, of: "--bind") }

    func run() throws {
        try reportingErrors {
            let topology = try loadTopology(file)
            do throws(PolicyChoiceError) { _ = try topology.scaling(by: "external") } catch {
                throw UserError(text: "\(file): \(error)", code: .badInput)
            }
            let signals = try SignalLatch()
            let server: StepServer
            do throws(ZMQError) { server = try StepServer(endpoint: bind) } catch {
                throw UserError(
                    text:
                        "--bind: \(error)\n  fix: write tcp://HOST:PORT or ipc://PATH that is free",
                    code: .badInput)
            }
            var environment = StepEnvironment(
                topology, seed: seed ?? topology.seed ?? 1,
                duration: duration?.duration ?? topology.duration,
                release: ProtocolVersion.release)
            writeOutput("listening \(server.endpoint)")
            do { try server.serve(&environment, signals: signals) } catch RunFailure.interrupted(
                let request)
            {
                throw UserError(text: "interrupted", code: ExitCode(request.exitStatus))
            }
        }
    }
}
