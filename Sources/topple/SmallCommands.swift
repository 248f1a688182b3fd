import ArgumentParser
import Processes
import Topology

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of topology files, for editors.",
        discussion: """
            EXAMPLE
              topple schema > topology.schema.json
            """)

    func run() throws { try reportingErrors { writeOutput(TopologySchema.json()) } }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints the version, the protocol and the fingerprint of the arithmetic.",
        discussion: """
            EXAMPLE
              topple version

            Workers of another protocol or fingerprint are refused: their results would
            differ.
            """)

    func run() throws { try reportingErrors { writeOutput(versionText) } }
}
