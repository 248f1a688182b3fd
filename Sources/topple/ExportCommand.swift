import ArgumentParser
import Processes
import Results

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the course of a run over time in a format of other programs.",
        discussion: """
            EXAMPLES
              topple export results/spike-abcd-seed1 --format prometheus
              topple export results/spike-abcd-seed1 --format openmetrics --out metrics.om
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case prometheus, openmetrics
    }

    @Argument(help: "A result folder.", completion: .directory)
    var folder: String

    @Option(
        help: "The format: prometheus (text exposition) or openmetrics (which promtool backfills).")
    var format = Format.prometheus

    @Option(help: "The file to write (default: metrics.prom or metrics.om in the folder).")
    var out: String?

    func run() throws {
        try reportingErrors {
            do throws(ResultError) {
                _ = try LoadedRun.load(folder)
                let text = try PrometheusText(
                    folder: folder, format: format == .prometheus ? .prometheus : .openMetrics)
                let name =
                    format == .prometheus
                    ? ResultFolder.metricsName : ResultFolder.openMetricsName
                try text.write(to: out ?? "\(folder)/\(name)")
            } catch {
                throw UserError(text: "\(error)", code: .badInput)
            }
        }
    }
}
