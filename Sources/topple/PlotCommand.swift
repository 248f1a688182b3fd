import ArgumentParser
import Foundation
import Processes
import Reporting
import Results

struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draws the figures of a run as SVG and PNG, for papers. Needs gnuplot.",
        discussion: """
            EXAMPLES
              topple plot results/spike-abcd-seed1
              topple plot results/spike-abcd-seed1 --figure heatmap --format svg --out figures

            FIGURES
              series    users, and failures, queues, latency and utilisation of services
              heatmap   services against time, by the share of requests that fail
              graph     the call graph, by the share of requests that fail
              ledger    core time from where it was computed to what became of it
              replicas  how many were wanted, there and ready, where that changed
              timeline  triggers, recovery, scaling, deaths and breakers
            """)

    @Argument(help: "A result folder.", completion: .directory)
    var folder: String

    @Option(help: "A figure, several apart by commas, or all.")
    var figure = "all"

    @Option(help: "svg, png, or both apart by a comma.")
    var format = "svg,png"

    @Option(help: "Where the figures go (default: the result folder).", completion: .directory)
    var out: String?

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    mutating func validate() throws {
        guard wantedFormats != nil else {
            throw ValidationError("--format takes svg, png or svg,png")
        }
        let unknown = wantedFigures.filter { !Figure.names.contains($0) }
        guard unknown.isEmpty else {
            throw ValidationError(
                "--figure takes all or some of \(Figure.names.joined(separator: ", ")); not "
                    + unknown.joined(separator: ", "))
        }
    }

    private var wantedFormats: [FigureFormat]? {
        let parts = format.split(separator: ",").map { FigureFormat(rawValue: String($0)) }
        let formats = parts.compactMap { $0 }
        return formats.count == parts.count && !formats.isEmpty ? formats : nil
    }

    private var wantedFigures: [String] {
        figure == "all" ? Figure.names : figure.split(separator: ",").map(String.init)
    }

    func run() throws {
        try reportingErrors {
            let view = try loadView(folder)
            let place = out ?? folder
            try? FileManager.default.createDirectory(
                atPath: place, withIntermediateDirectories: true)
            for name in wantedFigures {
                guard let drawing = Figure.named(name, of: view) else {
                    if figure != "all" {
                        writeError("\(folder): there is nothing to draw in the figure \(name)")
                    }
                    continue
                }
                for format in wantedFormats ?? [] {
                    do throws(ResultError) {
                        let path = try drawing.draw(format, in: place)
                        if !quiet { writeOutput(path) }
                    } catch {
                        throw UserError(text: "\(error)", code: .badInput)
                    }
                }
            }
        }
    }
}
