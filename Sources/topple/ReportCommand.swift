import ArgumentParser
import Foundation
import Processes
import Reporting
import Results

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes one HTML page of a run that needs nothing else: to look at, send, print.",
        discussion: """
            EXAMPLES
              topple report results/spike-abcd-seed1
              topple report results/spike-abcd-seed1 --out spike.html

            The page shows the call graph over time, services against time, series of each
            service, the ledger, events, tables, and what each number means. It loads nothing
            from anywhere. Graphviz (dot) lays small graphs out where it is installed.
            """)

    @Argument(help: "A result folder.", completion: .directory)
    var folder: String

    @Option(help: "The page (default: report.html in the result folder).")
    var out: String?

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    func run() throws {
        try reportingErrors {
            let view = try loadView(folder)
            let path = out ?? folder + "/report.html"
            let page = ReportPage(view, path: folder).html
            do throws(ResultError) { try writeFile(Array(page.utf8), path: path) } catch {
                throw UserError(text: "\(error)", code: .badInput)
            }
            if !quiet { writeOutput(path) }
        }
    }
}

/// Reads the run of a result folder for drawing.
func loadView(_ folder: String) throws -> RunView {
    do throws(ResultError) {
        return try RunView(LoadedRun.load(folder))
    } catch {
        throw UserError(text: "\(error)", code: .badInput)
    }
}
