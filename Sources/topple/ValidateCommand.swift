import ArgumentParser
import ControlPlane
import Foundation
import Kernel
import Model
import Processes
import Topology

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Checks topology files and forecasts the load of each service.",
        discussion: """
            EXAMPLE
              topple validate topologies/*.yaml

            Prints every error with file, line, column and a remedy. The forecast is what
            the rates and call probabilities imply; nothing is simulated.
            """)

    @Argument(help: "Topology files.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    func run() throws {
        try reportingErrors {
            var isBad = false
            for (index, file) in files.enumerated() {
                do throws(TopologyError) {
                    let topology = try TopologyFile.load(path: file)
                    for warning in topology.scaling?.warnings ?? [] {
                        writeError("\(file): warning: \(warning.words)")
                    }
                    if !quiet {
                        if index > 0 { writeOutput("") }
                        printForecast(topology, file)
                    }
                } catch {
                    isBad = true
                    writeError(error.description)
                }
            }
            if isBad { throw ExitCode.badInput }
        }
    }

    private func printForecast(_ topology: TopologyFile, _ file: String) {
        let model = topology.model
        writeOutput("\(file): \(model.services.count) services, no errors")
        var table = TextTable(header: ["service", "req/s", "at peak", "busy", "at peak"])
        let loads = LoadForecast(model).services
        let limit = 40
        for load in loads.prefix(limit) {
            table.add([
                model.services[load.service.index].name, String(format: "%.1f", load.baseRate),
                String(format: "%.1f", load.peakRate),
                String(format: "%.0f%%", load.baseUtilisation * 100),
                String(format: "%.0f%%", load.peakUtilisation * 100)
                    + (load.peakUtilisation > 1 ? "  overloaded" : ""),
            ])
        }
        for line in table.lines { writeOutput(line) }
        if loads.count > limit { writeOutput("and \(loads.count - limit) more") }
    }
}
