import Foundation
import Testing
import Topology

@Suite("Hostile inputs end in a clear error, quickly")
struct HostileInputTests {
    private func loadError(_ path: String) -> TopologyDiagnostic? {
        do throws(TopologyError) {
            _ = try TopologyFile.load(path: path)
            return nil
        } catch {
            return error.diagnostics.first
        }
    }

    @Test("No file, a directory, a device, a pipe")
    func notFiles() throws {
        try Repository.withTemporaryDirectory { directory in
            #expect(loadError(directory + "/none")?.message == "no such file")
            #expect(loadError(directory)?.message == "is a directory, not a file")
            #expect(loadError("/dev/zero")?.message == "is not a regular file")
            #expect(loadError("")?.message == "not a file name")
            #expect(mkfifo(directory + "/pipe", 0o600) == 0)
            #expect(loadError(directory + "/pipe")?.message == "is not a regular file")
        }
    }

    @Test("A file without permission")
    func noPermission() throws {
        try Repository.withTemporaryDirectory { directory in
            let path = directory + "/t.yaml"
            try Sample().text.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0], ofItemAtPath: path)
            // The superuser may read everything.
            if geteuid() == 0 {
                #expect(loadError(path) == nil)
            } else {
                #expect(loadError(path)?.message == "permission denied")
            }
        }
    }

    @Test("A file of 100 MB is refused before it is read")
    func largeFile() throws {
        try Repository.withTemporaryDirectory { directory in
            let path = directory + "/t.yaml"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: 100_000_000)
            try handle.close()
            let start = ContinuousClock.now
            let error = loadError(path)
            #expect(error?.message.contains("100000000 bytes, the limit is 67108864") == true)
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }

    @Test("Text that is not UTF-8")
    func notUTF8() throws {
        try Repository.withTemporaryDirectory { directory in
            let path = directory + "/t.yaml"
            try Data([0x61, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
            #expect(loadError(path)?.message == "is not UTF-8 text")
            try Data([0xFF, 0xFE, 0x61, 0]).write(to: URL(fileURLWithPath: path))
            #expect(loadError(path)?.remedy.contains("UTF-16") == true)
        }
    }

    @Test(
        "Nothing in the file",
        arguments: ["", "\n\n", "# only a comment\n", "---\n", "null", "~", "\u{FEFF}"])
    func empty(_ text: String) {
        #expect(errors(text).map(\.message) == ["the file is empty"])
    }

    static let malformedTexts: [WrongText] = [
        WrongText("services:\n\ta: 1\n", "2:1 ", "malformed YAML", fix: "tabs"),
        WrongText("a: [1, 2\nb: 3\n", "2:2 ", "malformed YAML", fix: ""),
        WrongText("a: b: c\n", "1:5 ", "malformed YAML", fix: "line break"),
        WrongText("a: \"b\n", "2:1 ", "malformed YAML", fix: "quotation"),
        WrongText("a: 1\na: 2\n", "2:1 ", "the key `a` appears twice", fix: "remove"),
        WrongText("x:\n  a: 1\n  b: 1\n  a: 2\n", "4:3 ", "first in line 2", fix: "rename"),
        WrongText("a: 1\n---\nb: 2\n", "2:1 ", "a second document", fix: "one topology"),
        WrongText("a: &x 1\nb: *x\n", "1:4 ", "anchors", fix: "write the value out"),
        WrongText("a: 1\nb: [*x]\n", "2:5 ", "aliases", fix: "write the value out"),
        WrongText("a: !!binary abc\n", "1:4 ", "tags", fix: "remove the tag"),
        WrongText("a: \u{0}\n", "1:4 ", "control character 0x00", fix: "remove"),
        WrongText("é: \u{1B}[0m\n", "1:4 ", "control character 0x1b", fix: "remove"),
        WrongText("? [a]\n: 1\n", "1:3 ", "a key must be a single word", fix: "key: value"),
        WrongText("- a\n", "1:1 ", "a list where a mapping", fix: "`services`"),
        WrongText("hello", "1:1 ", "a single value where a mapping", fix: "`services`"),
    ]

    @Test("Malformed YAML", arguments: malformedTexts)
    func malformed(_ wrong: WrongText) { wrong.check() }

    @Test("Ampersands and asterisks inside words, quotes and comments are only text")
    func innocentAsterisks() {
        let text = "# &a *b !c\nname: \"&x\" # *y\n" + Sample().text
        #expect(errors(text).map(\.message) == ["`&x` is not a name"])
    }

    @Test("A bomb of aliases, also as a key")
    func aliasBomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let parts = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(parts)]\n"
        }
        text += "? *a30\n: 1\n"
        let found = errors(text)
        #expect(found.count == 1)
        #expect(found.first?.line == 1)
    }

    @Test("Nesting without end")
    func deepNesting() {
        #expect(errors(String(repeating: "[", count: 200_000)).count == 1)
        #expect(errors(String(repeating: "{a: ", count: 200_000)).count == 1)
        #expect(!errors(String(repeating: "- ", count: 2_000) + "a").isEmpty)
        var block = ""
        for depth in 0..<1_500 { block += String(repeating: " ", count: depth) + "a:\n" }
        #expect(!errors(block).isEmpty)
    }

    @Test("Millions of values")
    func manyValues() {
        let text = "services: [" + String(repeating: "a,", count: 4_000_000) + "]"
        #expect(errors(text).first?.message.contains("more than 3000000 values") == true)
    }

    @Test("A wrong name at every service")
    func manyWrongNames() {
        var text = "services:\n"
        for index in 0..<30_000 { text += "  s\(index): { steps: [{ call: t\(index) }] }\n" }
        text += "arrivals: { u: { to: s1, rate: 1 req/s } }\n"
        let start = ContinuousClock.now
        #expect(errors(text).count == 1_000)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("Random damage to a good file never crashes")
    func damage() throws {
        let path = Repository.path("topologies/diamond.yaml")
        let good = Array(try String(contentsOfFile: path, encoding: .utf8).utf8)
        var state: UInt64 = 42
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let alphabet = Array("{}[]:,-?&*!|>'\"#%@` \n\t0a.é".utf8)
        var refused = 0
        for _ in 0..<1_500 {
            var bytes = good
            for _ in 0...draw(4) {
                let position = draw(bytes.count)
                switch draw(3) {
                case 0: bytes[position] = alphabet[draw(alphabet.count)]
                case 1: bytes.remove(at: position)
                default: bytes.insert(alphabet[draw(alphabet.count)], at: position)
                }
            }
            let found = errors(String(decoding: bytes, as: UTF8.self))
            if !found.isEmpty { refused += 1 }
            for error in found { #expect(!error.message.isEmpty && !error.remedy.isEmpty) }
        }
        #expect(refused > 500)
    }

    @Test("Companion files are checked like the topology")
    func companions() throws {
        try Repository.withTemporaryDirectory { directory in
            func errorsWith(_ csv: String) throws -> [TopologyDiagnostic] {
                try csv.write(
                    toFile: directory + "/r.csv", atomically: true, encoding: .utf8)
                return errors(Sample(rate: "{ csv: r.csv }").text, baseDirectory: directory)
            }
            #expect(try errorsWith("time_s,rate_per_s\n0,10\n60,20\n60,30\n").isEmpty)
            let header = try errorsWith("time,rate\n0,1\n")
            #expect(header.first?.file == "r.csv")
            #expect(header.first?.line == 1)
            let number = try errorsWith("time_s,rate_per_s\n0,1\n1,x\n2,-1\n3,nan\n4\n")
            #expect(number.map(\.line) == [3, 4, 5, 6])
            #expect(try errorsWith("time_s,rate_per_s\n5,1\n4,1\n").first?.line == 3)
            #expect(try errorsWith("time_s,rate_per_s\n").first?.message == "has no rows")
            #expect(try errorsWith("").first?.message == "has no rows")
            let twice = "      - compute: { empirical: r.csv }\n"
            #expect(
                errors(Sample(steps: twice + twice).text, baseDirectory: directory).map(\.file)
                    == ["r.csv"])
            let missing = errors(Sample(rate: "{ csv: /dev/zero }").text)
            #expect(missing.first?.message.contains("is not a regular file") == true)
        }
    }
}
