import ArgumentParser
import Foundation
import Processes
import Snapshots

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Answers what an autoscaler of Kubernetes would decide in a given situation.",
        discussion: """
            SUBJECTS
              hpa   one pass of the HorizontalPodAutoscaler (autoscaling/v2)
              keda  a poll of a ScaledObject, a metric with a fallback, or a ScaledJob

            EXAMPLES
              topple evaluate hpa --file snapshot.json
              topple evaluate keda < snapshots.json

            Reads a snapshot of all that the autoscaler sees, as JSON, and writes what it
            decides, with the reasons: an object for an object, an array for an array.
            Nothing is simulated. docs/evaluate.md describes the formats.
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case hpa, keda

        var evaluation: Evaluation {
            switch self {
            case .hpa: .horizontal
            case .keda: .keda
            }
        }
    }

    @Argument(help: "Whose decision: hpa or keda.")
    var subject: Subject

    @Option(
        name: .shortAndLong, help: "The snapshots; - is standard input.",
        completion: .file(extensions: ["json"]))
    var file = "-"

    func run() throws {
        try reportingErrors {
            let name = file == "-" ? "standard input" : file
            do throws(SnapshotError) {
                writeOutput(try subject.evaluation.answers(to: try read(name)))
            } catch {
                throw UserError(text: error.inFile(name).description, code: .badInput)
            }
        }
    }

    private func read(_ name: String) throws(SnapshotError) -> Data {
        do {
            let handle =
                file == "-"
                ? FileHandle.standardInput
                : try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            // One byte more than is allowed shows that there is too much.
            return try handle.read(upToCount: JSONText.largestSize + 1) ?? Data()
        } catch {
            throw SnapshotError(
                message: "cannot be read: \(reason(error))",
                remedy: "name a file that exists and that you may read")
        }
    }

    private func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        return (underlying ?? error as NSError).localizedDescription
    }
}
