import Glibc
import Processes
import ZeroMQ

/// What the arguments ask for.
private struct Arguments {
    var endpoint: String?
    var zygoteDirectory: String?
    var index = 0
    var isEcho = false
}

/// Runs the worker command.
///
/// - Returns: The exit status: 64 when the arguments make no sense.
func runCommandLine(_ arguments: [String]) -> Int32 {
    var parsed = Arguments()
    var rest = arguments[...]
    while let option = rest.popFirst() {
        switch option {
        case "--help", "-h":
            writeOutput(usage)
            return 0
        case "--version":
            writeOutput("topple-worker \(workerVersion) (ZeroMQ \(zeroMQVersion()))")
            return 0
        case "--echo":
            parsed.isEcho = true
        case "--connect", "--zygote", "--name":
            guard let value = rest.popFirst() else { return misuse("\(option) needs a value") }
            if let problem = parsed.set(option, to: value) { return misuse(problem) }
        default:
            return misuse("unknown argument \(option)")
        }
    }
    return run(parsed)
}

extension Arguments {
    /// Takes an option's value; returns what is wrong with it.
    fileprivate mutating func set(_ option: String, to value: String) -> String? {
        switch option {
        case "--connect":
            endpoint = value
        case "--zygote":
            zygoteDirectory = value
        default:
            guard let number = Int(value), number >= 0 else {
                return "--name takes a number from 0, not \"\(value)\""
            }
            index = number
        }
        return nil
    }
}

private func run(_ arguments: Arguments) -> Int32 {
    let work = arguments.isEcho ? echoMain : workerMain
    switch (arguments.zygoteDirectory, arguments.endpoint) {
    case (let directory?, nil):
        return runZygote(
            directory: directory, warmUp: { warmUpZeroMQ(in: directory) }, childMain: work)
    case (nil, let endpoint?):
        return work(WorkerAssignment(index: arguments.index, incarnation: 1, endpoint: endpoint))
    case (nil, nil):
        return misuse("one of --connect and --zygote is needed")
    case (.some, .some):
        return misuse("--connect and --zygote exclude each other")
    }
}

private func misuse(_ problem: String) -> Int32 {
    writeError("topple-worker: \(problem)\n\(usage)")
    return 64
}
