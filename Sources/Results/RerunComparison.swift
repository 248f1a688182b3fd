package import Topology

/// Whether a stored run came out the same when it was run again.
package struct RerunComparison: Hashable, Sendable, CustomStringConvertible {
    package var stored: String
    package var digest: String
    /// The first checkpoint interval in which a service's digests differ; `nil` if none is known.
    package var first: DifferingInterval?
    /// Which version made the stored run, when it is another.
    package var otherVersion: String?

    /// - Parameters:
    ///   - run: the stored run.
    ///   - digest: of it, run again.
    ///   - digests: the same by service.
    ///   - version: that ran it again.
    package init(_ run: LoadedRun, digest: String, digests: DigestTable, version: String) {
        stored = run.summary.digest
        self.digest = digest
        first = DifferingInterval.first(
            of: ServicePair.common(run.digests, digests), run.digests, digests)
        otherVersion = run.summary.version == version ? nil : run.summary.version
    }

    package var isReproduced: Bool { stored == digest && first == nil }

    /// A few lines for people.
    package var description: String {
        if isReproduced { return "reproduced: digest \(digest)" }
        var lines = ["different: digest \(digest), stored \(stored)"]
        if let first {
            lines.append(
                "first differing digest: \(first.service), between \(exactSeconds(first.start)) s "
                    + "and \(exactSeconds(first.end)) s")
        } else {
            lines.append(
                "note: no stored checkpoint differs: \(ResultFolder.summaryName) was changed")
        }
        if let otherVersion {
            lines.append("note: the stored run was made by version \(otherVersion)")
        }
        return lines.joined(separator: "\n")
    }
}

extension LoadedRun {
    /// The topology that the run was made from, after all inputs have been compared with the hashes that
    /// the manifest has of them.
    package func inputs() throws(ResultError) -> TopologyFile {
        let topology = try topology()
        guard let manifest = try Manifest.load(folder: path) else { return topology }
        let hashes = topology.companionFiles.map { TopologyFile.fingerprint(of: $0.bytes) }
        for (index, input) in manifest.inputs.dropFirst().enumerated() {
            guard index < hashes.count, hashes[index] == input.sha256 else {
                throw ResultError(
                    path: path, message: "the input \(input.name) was changed after the run",
                    remedy: "run the simulation again")
            }
        }
        return topology
    }
}
