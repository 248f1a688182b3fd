import ArgumentParser
import Foundation
import Processes
import Topology

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Writes a random topology to standard output.",
        discussion: """
            EXAMPLE
              topple generate --services 1000 --seed 7 --rate "10000 req/s" > big.yaml

            The same options always give the same file.
            """)

    @Option(help: "How many services.")
    var services = 100
    @Option(help: "The most children a service has in the call tree.")
    var fanOut = 3
    @Option(help: "The most levels of the call tree.")
    var depth = 8
    @Option(help: "The seed of the shape.")
    var seed: UInt64 = 1
    @Option(help: "Users' requests, such as \"1000 req/s\".")
    var rate = "1000 req/s"
    @Option(help: "How busy the busiest services are, between 0.01 and 0.99.")
    var utilisation = 0.5
    @Option(help: "The share of services that call one which others call too.")
    var shared = 0.1

    func run() throws {
        try reportingErrors {
            var options = TopologyGenerator.Options()
            options.services = services
            options.fanOut = fanOut
            options.depth = depth
            options.seed = seed
            options.targetUtilisation = utilisation
            options.sharedServiceProbability = shared
            do throws(QuantityError) {
                options.rate = try Quantity.rate(rate)
            } catch {
                throw ValidationError("--rate: \(error.message); \(error.remedy)")
            }
            do throws(TopologyGenerator.OptionsError) {
                let text = try TopologyGenerator(options).text()
                writeOutput(text.hasSuffix("\n") ? String(text.dropLast()) : text)
            } catch {
                throw UserError(text: "error: \(error)", code: .badInput)
            }
        }
    }
}
