import Foundation
import Testing

/// Wrong arguments and wrong files: what is wrong, where, and what to do; never a crash.
@Suite("Arguments and bad input", .serialized, .timeLimit(.minutes(1)))
struct ArgumentTests {
    private let chain = Repository.topology("chain4")

    @Test(
        "Wrong arguments end with status 64 and say what is wrong",
        arguments: [
            (["--nonsense"], "Unknown option '--nonsense'"),
            (["--sync", "conservative", "--window", "1 ms"], "--window is for --sync optimistic"),
            (["--placement", "everywhere"], "The value 'everywhere' is invalid for '--placement"),
            (["--placement", "0"], "The value '0' is invalid for '--placement"),
            (["--seed", "abc"], "The value 'abc' is invalid for '--seed"),
            (["--duration", "5 parsecs"], "The value '5 parsecs' is invalid for '--duration"),
            (["--duration", "0 s"], "The value '0 s' is invalid for '--duration"),
            (["--worker-timeout", "soon"], "--worker-timeout takes a time such as \"60 s\""),
            (
                ["--trace-sample", "101%"],
                "--trace-sample: `101%` is more than 100%; write at most"
            ),
            (["--trace-sample", "1.5"], "--trace-sample: `1.5` is more than 100%; write `1.5%`"),
            (["--trace-sample=-1%"], "--trace-sample: `-1%` is negative; write zero or a number"),
            (["--trace-sample", "few"], "--trace-sample: `few` is not a number"),
            (["--trace-slowest=-1"], "--trace-slowest takes a number of requests in 0 to 10000"),
            (["--trace-failed", "20000"], "--trace-failed takes a number of requests in 0 to"),
            (["--progress", "loud"], "The value 'loud' is invalid for '--progress"),
        ])
    func wrongArguments(options: [String], message: String) throws {
        let place = try Workplace()
        let result = try CommandRun(["run", chain] + options, in: place).wait()
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(place.entries().isEmpty)
    }

    @Test("A missing file, a directory and an empty file are input errors with a remedy")
    func wrongFiles() throws {
        let place = try Workplace()
        try place.write("", to: "empty.yaml")
        let cases = [
            ("missing.yaml", "missing.yaml: error: no such file\n  fix: "),
            (".", ".: error: is a directory, not a file\n  fix: "),
            ("empty.yaml", "empty.yaml: error: the file is empty\n  fix: "),
        ]
        for (file, message) in cases {
            for command in ["run", "validate"] {
                let result = try topple(command, file, in: place)
                #expect(result.status == 2)
                #expect(result.errors.hasPrefix(message), "\(result.errors)")
                #expect(result.output.isEmpty)
            }
        }
        #expect(place.entries() == ["empty.yaml"])
    }

    @Test("A typo in a topology is shown at its line and column, with what to write")
    func typo() throws {
        let place = try Workplace()
        try place.write(topology(threads: "thread: 4"), to: "typo.yaml")
        let result = try topple("run", "typo.yaml", in: place)
        #expect(result.status == 2)
        #expect(
            result.errors.hasPrefix(
                """
                typo.yaml:3:5: error: services.a: unknown key `thread`
                  fix: write `threads`; the keys here are `replicas`, `cores`, `threads`, \
                `queue`, `balancing`,
                """))
    }

    @Test("Validate reports the errors of all files and still checks the good ones")
    func manyFiles() throws {
        let place = try Workplace()
        try place.write(topology(threads: "thread: 4"), to: "one.yaml")
        try place.write(topology(threads: "threads: -4"), to: "two.yaml")
        let result = try topple("validate", "one.yaml", chain, "two.yaml", in: place)
        #expect(result.status == 2)
        #expect(result.errors.contains("one.yaml:3:5: error: "))
        #expect(result.errors.contains("two.yaml:3:14: error: "))
        #expect(result.output.contains("chain4.yaml: 4 services, no errors"))
    }

    @Test("What generate writes is valid, and the same every time")
    func generated() throws {
        let place = try Workplace()
        let text = try topple("generate", "--services", "50", "--seed", "3").output
        #expect(try topple("generate", "--services", "50", "--seed", "3").output == text)
        try place.write(text, to: "generated.yaml")
        let result = try topple("validate", "--quiet", "generated.yaml", in: place)
        #expect((result.status, result.output + result.errors) == (0, ""))
    }

    @Test("Generate refuses options that make no sense", arguments: ["0", "-1", "2000000000"])
    func generateOptions(services: String) throws {
        let result = try topple("generate", "--services=\(services)")
        #expect(result.status == 2 || result.status == 64)
        #expect(!result.errors.isEmpty)
    }

    private func topology(threads: String) -> String {
        """
        services:
          a:
            \(threads)
            steps: [{ compute: 1 ms }]
        arrivals:
          users: { to: a, rate: 80 req/s }

        """
    }
}
