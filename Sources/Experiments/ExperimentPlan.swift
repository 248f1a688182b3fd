package import Coordination
package import Kernel
package import Topology

/// The runs of an experiment: a topology in every combination of some variations, each with the same
/// seeds, so that alternatives meet the same users (common random numbers).
package struct ExperimentPlan: Sendable {
    /// One run.
    package struct Cell: Hashable, Sendable {
        /// Index into ``alternatives``.
        package var alternative: Int
        package var seed: UInt64

        package init(alternative: Int, seed: UInt64) {
            self.alternative = alternative
            self.seed = seed
        }
    }

    package let name: String
    package let variations: [Variation]
    /// Every combination of values; the last variation changes fastest. The first is what the others are
    /// compared with.
    package let alternatives: [Alternative]
    /// By alternative.
    package let topologies: [TopologyFile]
    package let seeds: [UInt64]
    /// By alternative, then by seed.
    package let cells: [Cell]
    private let duration: SimulatedDuration?

    /// The most runs of an experiment.
    package static let mostRuns = 100_000

    /// Reads the topology once for each alternative.
    ///
    /// - Parameters:
    ///   - path: of the topology.
    ///   - variations: at least one.
    ///   - seeds: at least one, all different.
    ///   - duration: instead of the file's.
    /// - Throws: ``TopologyError``, ``VariationError``, or ``PolicyChoiceError``.
    package init(
        path: String, variations: [Variation], seeds: [UInt64], duration: SimulatedDuration? = nil
    ) throws {
        self.variations = variations
        self.seeds = seeds
        self.duration = duration
        let alternatives = variations.reduce([[String]()]) { found, variation in
            found.flatMap { known in variation.values.map { known + [$0] } }
        }.map(Alternative.init)
        self.alternatives = alternatives
        topologies = try alternatives.map { alternative in
            try Self.topology(path, zip(variations.map(\.key), alternative.values))
        }
        name = topologies[0].name
        cells = alternatives.indices.flatMap { index in
            seeds.map { Cell(alternative: index, seed: $0) }
        }
    }

    private static func topology(
        _ path: String, _ settings: some Sequence<(String, String)>
    ) throws -> TopologyFile {
        var policy: String?
        var changes: [TopologyChange] = []
        for (key, value) in settings {
            if key == Variation.scaling {
                policy = value
            } else if let change = TopologyChange(path: key, value: value) {
                changes.append(change)
            } else {
                throw VariationError("'\(key)' is not the path of a value in a topology")
            }
        }
        var file = try TopologyFile.load(path: path, changes: changes)
        if let policy { file.scaling = try file.scaling(by: policy) }
        return file
    }

    package func settings(_ cell: Cell) -> RunSettings {
        RunSettings(
            seed: cell.seed, duration: duration ?? topologies[cell.alternative].duration)
    }

    /// What the results of two experiments must share for one to go on where the other stopped.
    package var fingerprint: String {
        let keys = variations.map { "\($0.key)=\($0.values.joined(separator: ","))" }
        let length = duration.map { "\($0.nanoseconds)" } ?? "file"
        let hashes = topologies.map(\.topologyHash).joined(separator: " ")
        return "\(keys.joined(separator: ";")) \(length) \(hashes)"
    }
}
