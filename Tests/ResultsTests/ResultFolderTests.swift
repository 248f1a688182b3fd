import Foundation
import Model
import Results
import Testing
import Topology

@Suite("A result folder")
struct ResultFolderTests {
    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("appears complete or not at all")
    func appearsWhole() throws {
        try withTemporaryDirectory { directory in
            let run = try FinishedRun(randomText())
            let path = directory + "/a/b/result"
            let staged = try ResultFolder.stage(at: path, force: false)
            try staged.write(run.summary)
            try staged.write(topology: run.topology)
            try staged.write(run.digests)
            try staged.eventWriter().append(run.events)
            #expect(!FileManager.default.fileExists(atPath: path))
            try staged.commit()
            #expect(
                try entries(path) == ["digests.csv", "events.bin", "summary.json", "topology.yaml"])
            #expect(try entries(directory + "/a/b") == ["result"])
            let stored = try TopologyFile.load(path: path + "/topology.yaml")
            #expect(stored.topologyHash == run.topology.topologyHash)
            #expect(message { try staged.commit() }.contains("committed or abandoned before"))
        }
    }

    @Test("that is abandoned leaves nothing, not even the parents made for it")
    func abandoned() throws {
        try withTemporaryDirectory { directory in
            let staged = try ResultFolder.stage(at: directory + "/a/b/result", force: false)
            try staged.eventWriter().append([])
            staged.abandon()
            staged.abandon()
            #expect(try entries(directory) == [])
            do { _ = try ResultFolder.stage(at: directory + "/c/result", force: false) }
            #expect(try entries(directory) == [])
        }
    }

    @Test("is not written over, unless forced and a result or empty")
    func taken() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/result"
            try FinishedRun(steadyText).write(to: path)
            let again = try FinishedRun(randomText())
            #expect(message { try again.write(to: path) }.contains("is already there"))
            try again.write(to: path, force: true)
            let summary = try RunSummary(
                json: Data(contentsOf: URL(fileURLWithPath: path + "/summary.json")))
            #expect(summary.name == "random")

            let empty = directory + "/empty"
            try FileManager.default.createDirectory(
                atPath: empty, withIntermediateDirectories: false)
            #expect(message { try again.write(to: empty) }.contains("is already there"))
            try again.write(to: empty, force: true)
            try again.write(to: directory + "/empty/", force: true)

            let other = directory + "/other"
            try FileManager.default.createDirectory(
                atPath: other, withIntermediateDirectories: false)
            try write("{}", to: other + "/summary.json")
            #expect(
                message { try again.write(to: other, force: true) }.contains("no results of Topple")
            )
            #expect(try entries(other) == ["summary.json"])
            #expect(try entries(directory) == ["empty", "other", "result"])
        }
    }

    @Test("that fails to be forced keeps the old result")
    func oldResultStays() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/result"
            try FinishedRun(steadyText).write(to: path)
            let staged = try ResultFolder.stage(at: path, force: true)
            try staged.write(try FinishedRun(randomText()).summary)
            staged.abandon()
            #expect(try entries(path).count == 5)
            #expect(try entries(directory) == ["result"])
        }
    }

    @Test("is refused where it cannot be, with what to do")
    func impossiblePlaces() throws {
        try withTemporaryDirectory { directory in
            func refusal(_ path: String) -> String {
                message { _ = try ResultFolder.stage(at: path, force: true) }
            }
            try write("x", to: directory + "/file")
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: "nowhere")
            #expect(refusal(directory + "/file").contains("is a file, not a folder"))
            #expect(refusal(directory + "/file/result").contains("whose parents are all folders"))
            #expect(refusal(directory + "/link").contains("is a link to nothing"))
            #expect(refusal("/").contains("root of the file system"))
            #expect(refusal("").contains("not the name of a folder"))
            #expect(refusal("/proc/nowhere/result").contains("cannot make this folder"))
            #expect(refusal("/proc/result").contains("fix: "))
            let long = directory + "/" + String(repeating: "x", count: 250)
            #expect(refusal(long).contains("choose a shorter name"))
            #expect(try entries(directory) == ["file", "link"])
        }
    }

    @Test("is written once at a time, and leftovers of dead processes go")
    func leftovers() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/result"
            let first = try ResultFolder.stage(at: path, force: false)
            #expect(
                message { _ = try ResultFolder.stage(at: path, force: false) }
                    .contains("another result is being written"))
            first.abandon()
            let gone = Process()
            gone.executableURL = URL(fileURLWithPath: "/bin/true")
            try gone.run()
            gone.waitUntilExit()
            for name in ["\(gone.processIdentifier)", "1", "x"] {
                try FileManager.default.createDirectory(
                    atPath: directory + "/result.incomplete-" + name,
                    withIntermediateDirectories: false)
            }
            try FinishedRun(steadyText).write(to: path)
            #expect(
                try entries(directory) == ["result", "result.incomplete-1", "result.incomplete-x"])

            // A process died between moving the old result aside and putting the new one there.
            let aside = directory + "/.result.replaced-\(gone.processIdentifier)"
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            try ResultFolder.stage(at: path, force: true).abandon()
            #expect(try entries(path).count == 5)
        }
    }

    @Test("stores the files that the topology names, those outside it too")
    func companions() throws {
        try withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(
                atPath: directory + "/t/data", withIntermediateDirectories: true)
            let rates = "time_s,rate_per_s\n0,10\n5,20\n"
            for file in ["/t/data/digests.csv", "/rate.csv", "/t/digests.csv"] {
                try write(rates, to: directory + file)
            }
            let text = steadyText.replacingOccurrences(
                of: "  visitors: { to: web, process: constant, rate: 10 req/s, timeout: 1 s }",
                with: """
                      a: { to: web, rate: { csv: data/digests.csv } }
                      b: { to: web, rate: { csv: "../rate.csv" } }
                      c: { to: web, rate: { csv: digests.csv } }
                      d: { to: web, rate: { csv: \(directory)/rate.csv } }
                    """)
            let run = try FinishedRun(text, directory: directory + "/t")
            try run.write(to: directory + "/result")
            for file in ["/t", "/rate.csv"] {
                try FileManager.default.removeItem(atPath: directory + file)
            }
            let stored = try TopologyFile.load(path: directory + "/result/topology.yaml")
            #expect(stored.model.services == run.topology.model.services)
            #expect(
                stored.companionFiles.map(\.name) == [
                    "data/digests.csv", "companions/1-rate.csv", "companions/2-digests.csv",
                    "companions/3-rate.csv",
                ])
        }
    }

    @Test(
        "on a full disk is refused and removed",
        .enabled(if: geteuid() == 0, "mounting a small disk takes root"))
    func fullDisk() throws {
        try withTemporaryDirectory { directory in
            guard command("mount", "-t", "tmpfs", "-o", "size=64k", "none", directory) else {
                return
            }
            defer { _ = command("umount", directory) }
            let run = try FinishedRun(randomText())
            let failure = message { try run.write(to: directory + "/result", events: true) }
            #expect(failure.contains("No space left on device"))
            #expect(failure.contains("free some space there"))
            #expect(try entries(directory) == [])
        }
    }

    private func command(_ words: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardError = nil
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
