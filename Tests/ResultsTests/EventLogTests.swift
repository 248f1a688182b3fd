import Foundation
import Kernel
import Model
import Results
import Testing

@Suite("The log of events")
struct EventLogTests {
    private func read(_ path: String) throws -> [EventRecord] {
        let reader = try EventLogReader(path: path)
        var events: [EventRecord] = []
        while let event = try reader.next() { events.append(event) }
        return events
    }

    @Test("gives back what was written, through several buffers")
    func roundTrip() throws {
        try withTemporaryDirectory { directory in
            let events = try FinishedRun(randomText(seconds: 40)).events
            #expect(events.count > 17_000)
            let writer = try EventLogWriter(path: directory + "/e")
            try writer.append(Array(events.prefix(9_000)))
            try writer.append([])
            try writer.append(Array(events.dropFirst(9_000)))
            try writer.finish()
            try writer.finish()
            #expect(writer.count == events.count)
            #expect(try read(directory + "/e") == events)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: directory + "/e"))
            #expect(bytes.count == 16 + 32 * events.count)
            #expect(Array(bytes.prefix(16)) == Array("TOPPLEEV".utf8) + [1, 0, 0, 0, 32, 0, 0, 0])
        }
    }

    @Test("that was cut off says so after its last whole event", arguments: [1, 31, 33])
    func cutOff(missing: Int) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/e"
            let events = Array(try FinishedRun(steadyText).events.prefix(10))
            let writer = try EventLogWriter(path: path)
            try writer.append(events)
            try writer.finish()
            #expect(truncate(path, 16 + 320 - missing) == 0)
            let reader = try EventLogReader(path: path)
            let whole = (320 - missing) / 32
            for event in events.prefix(whole) { #expect(try reader.next() == event) }
            #expect {
                _ = try reader.next()
            } throws: { "\($0)".contains("ends inside event \(whole + 1)") }
        }
    }

    @Test("of another kind or version is refused")
    func strangeFiles() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/e"
            try write("TOPPLEEV", to: path)
            #expect { _ = try read(path) } throws: { "\($0)".contains("not a log of events") }
            try write("TOPPLEEV\u{2}\0\0\0\u{20}\0\0\0", to: path)
            #expect { _ = try read(path) } throws: { "\($0)".contains("another format") }
            #expect { _ = try read(directory) } throws: { "\($0)".contains("is not a file") }
        }
    }

    @Test("reports a full disk")
    func fullDisk() throws {
        let writer = try EventLogWriter(path: "/dev/full")
        try writer.append(Array(try FinishedRun(steadyText).events.prefix(3)))
        #expect {
            try writer.finish()
        } throws: { "\($0)".contains("No space left on device") }
    }
}
