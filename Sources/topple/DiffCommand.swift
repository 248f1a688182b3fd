import ArgumentParser
import Processes
import Results

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compares two runs event by event and names the first that differs.",
        discussion: """
            EXAMPLE
              topple diff results/chain4-seed1 results/chain4-seed1-2

            Exits with 0 if the runs are identical and with 1 if not. Runs recorded with
            --record-events are compared as they were; others are executed again, in one
            process, as far as the first interval in which their digests differ.
            """)

    @Argument(help: "A result folder.", completion: .directory)
    var runA: String
    @Argument(help: "Another result folder.", completion: .directory)
    var runB: String

    func run() throws {
        try reportingErrors {
            let comparison: RunComparison
            do throws(ResultError) {
                comparison = RunComparison(
                    try LoadedRun.load(runA), try LoadedRun.load(runB))
            } catch {
                throw UserError(text: "\(error)", code: .badInput)
            }
            writeOutput(comparison.description)
            if !comparison.isIdentical { throw ExitCode.failed }
        }
    }
}
