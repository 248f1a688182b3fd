import Foundation
import Testing

@Suite("Help", .timeLimit(.minutes(1)))
struct HelpTests {
    @Test(
        "The help of each command is as recorded; RECORD=1 records it anew",
        arguments: [
            "topple", "run", "rerun", "ledger", "map", "compare", "report", "plot", "trace",
            "export", "validate", "diff", "evaluate", "step", "bench", "generate", "schema",
            "version",
        ])
    func help(command: String) throws {
        let subcommand = command == "topple" ? [] : [command]
        let result = try CommandRun(["help"] + subcommand).wait()
        #expect(result.status == 0)
        let path = "\(Repository.root)/Tests/CommandLineTests/Snapshots/help-\(command).txt"
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try result.output.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let recorded = try? String(contentsOfFile: path, encoding: .utf8)
        #expect(result.output == recorded, "\(path) is stale: run with RECORD=1")
    }

    @Test(
        "Every command's help has an example",
        arguments: [
            "run", "rerun", "ledger", "map", "compare", "report", "plot", "trace", "export",
            "validate", "diff", "evaluate", "step", "bench",
        ])
    func examples(command: String) throws {
        #expect(try topple("help", command).output.contains("EXAMPLE"))
        #expect(try topple(command, "--help").output == topple("help", command).output)
    }
}
