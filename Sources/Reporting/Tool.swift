import Foundation

/// Programs of the system that draw.
enum Tool {
    /// Runs a program that reads its standard input to the end and then writes.
    ///
    /// - Parameters:
    ///   - name: found by `PATH`.
    ///   - arguments: for it.
    ///   - input: its standard input.
    ///   - folder: where it runs; `nil` for here.
    ///   - patience: seconds after which it is ended.
    /// - Returns: its standard output; `nil` when it could not be started, failed or took too long.
    static func run(
        _ name: String, _ arguments: [String], input: String, folder: String? = nil,
        patience: Double
    ) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let (give, take) = (Pipe(), Pipe())
        process.standardInput = give
        process.standardOutput = take
        process.standardError = FileHandle.nullDevice
        signal(SIGPIPE, SIG_IGN)
        do { try process.run() } catch { return nil }
        let watch = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + patience, execute: watch)
        try? give.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? give.fileHandleForWriting.close()
        let output = (try? take.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        watch.cancel()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else { return nil }
        return String(decoding: output, as: UTF8.self)
    }
}
