import Foundation
import GRDB
import Kernel
import Results
import Storage
import Testing

@Suite("A database of many runs")
struct SharedDatabaseTests {
    @Test("takes runs from several writers at once, each whole and once")
    func concurrentWriters() throws {
        try withTemporaryDirectory { directory in
            for seed in 1...6 as ClosedRange<UInt64> {
                var run = try RecordedRun(stormText, seed: seed)
                try run.write(to: "\(directory)/r\(seed)")
            }
            let path = directory + "/all.sqlite"
            DispatchQueue.concurrentPerform(iterations: 12) { index in
                let source = "\(directory)/r\(index % 6 + 1)/results.sqlite"
                #expect(throws: Never.self) {
                    try SharedDatabase(path: path).add(database: source)
                }
            }
            #expect(try query(path, "PRAGMA integrity_check") == [["ok"]])
            #expect(
                try query(path, "SELECT seed FROM runs ORDER BY seed").map { $0[0] }
                    == ["1", "2", "3", "4", "5", "6"])
            #expect(
                try query(path, "SELECT count(*) FROM series GROUP BY run_id")
                    == Array(repeating: ["20"], count: 6))
            let one = try query(
                "\(directory)/r3/results.sqlite", "SELECT sum(arrived) FROM series")
            let same = try query(
                path,
                "SELECT sum(arrived) FROM series JOIN runs USING (run_id) WHERE seed = '3'")
            #expect(one == same)
        }
    }

    @Test("refuses files that are something else, and leaves them as they are")
    func otherFiles() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/other.sqlite"
            try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE t (a)") }
            let error = #expect(throws: ResultError.self) { try SharedDatabase(path: path) }
            #expect(error?.message == "is not a database of Topple's results")
            try "time_s,service\n".write(
                toFile: directory + "/a.csv", atomically: true, encoding: .utf8)
            #expect(throws: ResultError.self) {
                try SharedDatabase(path: directory + "/a.csv")
            }
            #expect(try text(directory + "/a.csv") == "time_s,service\n")
            let newer = directory + "/newer.sqlite"
            _ = try SharedDatabase(path: newer)
            try DatabaseQueue(path: newer).write { try $0.execute(sql: "PRAGMA user_version = 99") }
            let version = #expect(throws: ResultError.self) { try SharedDatabase(path: newer) }
            #expect(version?.message.contains("has tables of version 99") == true)
        }
    }
}
