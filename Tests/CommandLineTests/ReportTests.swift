import Foundation
import Testing

@Suite("Reports and comparisons", .timeLimit(.minutes(2)))
struct ReportTests {
    private func runs() throws -> Workplace {
        let place = try Workplace()
        for (seed, folder) in [("1", "a"), ("2", "b")] {
            let run = try CommandRun(
                [
                    "run", Repository.topology("chain4"), "--duration", "3 s", "--placement",
                    "in-process", "--quiet", "--seed", seed, "--out", folder,
                ], in: place)
            #expect(try run.wait().status == 0)
        }
        return place
    }

    @Test("A page is written into the result folder or where it is wanted")
    func report() throws {
        let place = try runs()
        let first = try topple("report", "a", in: place)
        #expect((first.status, first.output) == (0, "a/report.html\n"))
        #expect(place.contents("a/report.html")?.contains("</html>") == true)
        #expect(try topple("report", "a", "--out", "p.html", "--quiet", in: place).output == "")
        #expect(place.contents("p.html") == place.contents("a/report.html"))
        let missing = try topple("report", "nowhere", in: place)
        #expect(missing.status == 2)
        #expect(missing.errors.contains("nowhere: error: does not exist"))
        let unwritable = try topple("report", "a", "--out", "no/where.html", in: place)
        #expect(unwritable.status == 2)
        #expect(unwritable.errors.contains("no/where.html"))
    }

    @Test("Runs are compared as a table and as JSON")
    func compare() throws {
        let place = try runs()
        let table = try topple("compare", "a", "b", in: place)
        #expect(table.status == 0)
        #expect(table.outputLines[0].split(separator: " ") == ["a", "b", "difference"])
        #expect(table.outputLines.contains { $0.hasPrefix("error-seconds") })
        #expect(table.errors.contains("different seeds"))
        let json = try topple("compare", "a", "b", "--json", in: place)
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
        #expect(((object as? [String: Any])?["rows"] as? [Any])?.isEmpty == false)
        #expect(try topple("compare", "a", in: place).status == 64)
        #expect(try topple("compare", "a", "c", in: place).status == 2)
    }

    @Test("Figures have names and formats; others are refused before anything is drawn")
    func plot() throws {
        let place = try runs()
        #expect(try topple("plot", "a", "--figure", "cake", in: place).status == 64)
        #expect(try topple("plot", "a", "--format", "gif", in: place).status == 64)
        let drawn = try topple(
            "plot", "a", "--figure", "graph,ledger", "--format", "svg", "--out", "f", in: place)
        if drawn.status == 0 {
            #expect(drawn.output == "f/graph.svg\nf/ledger.svg\n")
        } else {
            #expect(drawn.errors.contains("install gnuplot"))
        }
    }

    @Test("A run ends with what matters first, as recorded; RECORD=1 records it anew")
    func headline() throws {
        let result = try CommandRun([
            "run", Repository.topology("phenomena/01-retry-storm"), "--placement", "in-process",
        ]).wait()
        #expect(result.status == 0)
        // How fast it was differs; curves are for terminals.
        let table =
            result.outputLines.filter { !$0.hasPrefix("engine ") }
            .joined(separator: "\n") + "\n"
        #expect(!table.contains("▁"))
        let path = "\(Repository.root)/Tests/CommandLineTests/Snapshots/table-retry-storm.txt"
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try table.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let recorded = try? String(contentsOfFile: path, encoding: .utf8)
        #expect(table == recorded, "\(path) is stale: run with RECORD=1")
    }

    @Test(
        "On a terminal that understands UTF-8 users over time are a line of text",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func curves() throws {
        let command = { (locale: String) in
            "LANG=\(locale) LC_ALL= script -qec '\"$TOPPLE\" run "
                + "\(Repository.topology("chain4")) --duration \"5 s\" --placement in-process "
                + "--progress never --force --out r' /dev/null"
        }
        let plain = try shell(command("C"))
        #expect(plain.status == 0)
        #expect(!plain.output.contains("goodput  "))
        let drawn = try shell(command("C.UTF-8"))
        #expect(drawn.output.contains("goodput  "))
        #expect(drawn.output.contains("█"))
    }
}
