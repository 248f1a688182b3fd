package import Kernel

/// One process of the PHOLD benchmark: what a worker needs to simulate it.
///
/// PHOLD (Fujimoto, "Performance of Time Warp under synthetic workloads", 1990) measures a simulator
/// and models nothing: a fixed number of events wander between processes for ever.
package struct PholdConfiguration: Hashable, Sendable {
    /// Which process this is, in 0..<`count`.
    package var index: Int
    /// How many processes there are, 1...``mostProcesses``.
    package var count: Int
    /// Events that start at each process, 0...``mostEvents``.
    package var population: Int
    /// The constant part of each delay, > 0.
    package var lookahead: SimulatedDuration
    /// Mean of the exponential part of each delay, >= 0.
    package var mean: SimulatedDuration
    package var seed: UInt64

    package static let mostProcesses = 1 << 16
    package static let mostEvents = 1 << 24
    /// The unit that the benchmark's usual parameters (lookahead 1, mean 9) are given in.
    package static let unit = SimulatedDuration.milliseconds(1)
    /// A delay of 2⁵³ ns (104 days) is the longest whose product with a logarithm is sure to fit.
    private static let longestDelay = SimulatedDuration(nanoseconds: 1 << 53)

    package init(
        index: Int, count: Int, population: Int, lookahead: SimulatedDuration = unit,
        mean: SimulatedDuration = unit * 9, seed: UInt64
    ) {
        self.index = index
        self.count = count
        self.population = population
        self.lookahead = lookahead
        self.mean = mean
        self.seed = seed
    }

    /// Whether every number is in its range.
    package var isValid: Bool {
        (1...Self.mostProcesses).contains(count) && (0..<count).contains(index)
            && (0...Self.mostEvents).contains(population)
            && lookahead > .zero && lookahead <= Self.longestDelay
            && mean >= .zero && mean <= Self.longestDelay
    }
}

extension PholdConfiguration: BinaryCodable {
    package static var leastEncodedSize: Int { 36 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(index))
        writer.write(UInt32(count))
        writer.write(UInt32(population))
        lookahead.encode(into: &writer)
        mean.encode(into: &writer)
        writer.write(seed)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        index = Int(try reader.read(UInt32.self))
        count = Int(try reader.read(UInt32.self))
        population = Int(try reader.read(UInt32.self))
        lookahead = try SimulatedDuration(from: &reader)
        mean = try SimulatedDuration(from: &reader)
        seed = try reader.read()
        if !isValid { throw ByteError(.invalid("PHOLD configuration"), offset: start) }
    }
}

/// All processes of a PHOLD benchmark, each connected to every other.
package struct PholdLayout: Sendable {
    /// By process.
    package let processes: [PholdConfiguration]
    package let connections: ChannelLayout

    /// The processes of the model that `configuration` belongs to, whatever its index. O(count²).
    package init(_ configuration: PholdConfiguration) {
        processes = (0..<configuration.count).map { index in
            var own = configuration
            own.index = index
            return own
        }
        connections = ChannelLayout(
            fullyConnected: configuration.count, lookahead: configuration.lookahead)
    }

    package var channels: [Channel] { connections.channels }

    /// The wiring of a worker that runs these processes; see ``ChannelLayout/plan(for:)``.
    package func plan(for members: [ServiceID]) -> PartitionPlan { connections.plan(for: members) }
}
