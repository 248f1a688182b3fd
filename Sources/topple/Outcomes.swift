import ArgumentParser
import Foundation
import Glibc
import Processes
import Wire

/// What `--version` and the version command print.
let versionText =
    "topple \(ProtocolVersion.release) (protocol \(ProtocolVersion.current), fingerprint "
    + "\(String(ProtocolVersion.fingerprint, radix: 16)))"

extension ExitCode {
    /// The run failed or broke a law; two runs differ.
    static let failed = ExitCode(1)
    /// A file, a topology or a result folder is wrong.
    static let badInput = ExitCode(2)
}

/// An error whose text is for people and needs nothing around it.
struct UserError: Error {
    var text: String
    var code: ExitCode
}

/// Runs a command's body; errors become one message on standard error and the right exit status.
func reportingErrors(_ body: () throws -> Void) throws {
    // A file that may not grow is an error like any other, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
        try body()
        if outputFailed {
            writeError("error: standard output could not be written: a full disk, or a closed pipe")
            throw ExitCode.failed
        }
    } catch let error as UserError {
        writeError(error.text)
        throw error.code
    } catch let error as ExitCode {
        throw error
    } catch let error as ValidationError {
        throw error
    } catch {
        writeError("error: \(error)")
        throw ExitCode.failed
    }
}
