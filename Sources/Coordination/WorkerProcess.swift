package import Kernel
package import Model

/// A process that a worker can be told to run.
package protocol WorkerProcess: LogicalProcess {
    /// Compiles an encoded configuration.
    static func makeProgram(
        from reader: inout ByteReader, checkpointInterval: SimulatedDuration
    ) throws(ByteError) -> Program

    /// How many latency series a process with this program has.
    static func seriesCount(of program: Program) -> Int

    /// The number of peers it may address.
    static func peerCount(of program: Program) -> Int
}

extension ServiceProcess: WorkerProcess {
    package static func makeProgram(
        from reader: inout ByteReader, checkpointInterval: SimulatedDuration
    ) throws(ByteError) -> ServiceProgram {
        ServiceProgram(
            try ServiceConfiguration(from: &reader), checkpointInterval: checkpointInterval)
    }

    package static func seriesCount(of program: ServiceProgram) -> Int { program.seriesCount }

    package static func peerCount(of program: ServiceProgram) -> Int {
        program.configuration.peers.count
    }
}
