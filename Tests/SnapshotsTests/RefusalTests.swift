import Foundation
import Snapshots
import Testing

/// The error of a text, as it is shown.
private func refusal(_ text: String, _ evaluation: Evaluation = .horizontal) -> String {
    do throws(SnapshotError) {
        return "answered: " + (try evaluation.answers(to: Data(text.utf8)))
    } catch {
        return "\(error)"
    }
}

@Suite("What cannot be evaluated")
struct RefusalTests {
    /// A snapshot with something in place of a value.
    private func horizontal(
        hpa: String = "\"maxReplicas\": 5", current: String = "\"specReplicas\": 2",
        more: String = ""
    ) -> String {
        "{\"hpa\": {\(hpa)}, \"current\": {\(current)}\(more.isEmpty ? "" : ", " + more)}"
    }

    @Test("Errors name the field")
    func paths() {
        for (text, path) in [
            (horizontal(hpa: ""), "hpa.maxReplicas: is missing"),
            (horizontal(hpa: "\"maxReplicas\": \"5\""), "hpa.maxReplicas: expected a whole number"),
            (horizontal(hpa: "\"maxReplicas\": 2.5"), "hpa.maxReplicas: expected a whole number"),
            (
                horizontal(hpa: "\"maxReplicas\": -1"),
                "hpa.maxReplicas: the number -1 is less than 1"
            ),
            (
                horizontal(hpa: "\"maxReplicas\": 5, \"metrics\": [{}]"),
                "hpa.metrics[0].type: is missing"
            ),
            (
                horizontal(hpa: "\"maxReplicas\": 5, \"metrics\": [{\"type\": \"Pods\"}]"),
                "hpa.metrics[0].pods: is missing"
            ),
            (
                horizontal(
                    hpa:
                        "\"maxReplicas\": 5, \"behavior\": {\"scaleUp\": {\"policies\": [{\"type\": "
                        + "\"Nodes\"}]}}"),
                "hpa.behavior.scaleUp.policies[0].type: unknown value \"Nodes\""
            ),
            (horizontal(current: ""), "current.specReplicas: is missing"),
            (horizontal(more: "\"pods\": {}"), "pods: expected a list, found an object"),
            (horizontal(more: "\"pods\": [{}]"), "pods[0].name: is missing"),
            (
                horizontal(more: "\"pods\": [{\"name\": \"a\", \"phase\": \"Gone\"}]"),
                "pods[0].phase: unknown value \"Gone\""
            ),
            (
                horizontal(more: "\"pods\": [{\"name\": \"a\", \"requests\": {\"cpu\": \"1x\"}}]"),
                "pods[0].requests.cpu: \"1x\" is not a quantity"
            ),
            (
                horizontal(more: "\"metrics\": {\"pods\": {\"a\": {\"cpu\": true}}}"),
                "metrics.pods.a.cpu: expected a quantity, found true"
            ),
            (
                horizontal(more: "\"history\": {\"recommendations\": [{\"replicas\": 1}]}"),
                "history.recommendations[0].secondsAgo: is missing"
            ),
            (
                horizontal(more: "\"controller\": {\"tolerance\": -0.1}"),
                "controller.tolerance: the number -0.1 is negative"
            ),
        ] {
            #expect(refusal(text).contains("error: " + path), "\(refusal(text))")
            #expect(refusal("[\(text)]").contains("error: [0].\(path)"))
            #expect(refusal(text).contains("\n  fix: "))
        }
    }

    @Test("Errors of KEDA's snapshots name the field")
    func kedaPaths() {
        for (text, path) in [
            ("{}", "kind: is missing"), ("{\"kind\": \"job\"}", "kind: unknown kind \"job\""),
            ("{\"kind\": \"poll\"}", "scaledObject: is missing"),
            ("{\"kind\": \"poll\", \"scaledObject\": {}}", "current: is missing"),
            ("{\"kind\": \"fallback\", \"trigger\": {}}", "trigger.target: is missing"),
            (
                "{\"kind\": \"scaledjob\", \"scaledJob\": {}, \"triggers\": [{}]}",
                "triggers[0].value: is missing"
            ),
        ] {
            #expect(refusal(text, .keda).contains("error: " + path), "\(refusal(text, .keda))")
        }
    }

    @Test("What is not JSON is said to be so, with a line where there is one")
    func syntax() {
        for text in ["", "{", "[1,", "{\"a\": tru}", "[[1],\n{\"a\" 3}]", "nonsense"] {
            #expect(refusal(text).contains("error: not JSON"), "\(refusal(text))")
        }
        #expect(refusal("[[1],\n{\"a\" 3}]").hasPrefix(":2: error: not JSON"))
        #expect(refusal(String(repeating: "[", count: 100_000)).contains("not JSON"))
        for text in ["1", "\"a\"", "null", "[null]", "[[]]"] {
            #expect(refusal(text).contains("expected an object"))
        }
    }

    @Test("Whatever is cut off or changed in a case is answered or refused, never more")
    func mutations() throws {
        for (name, evaluation) in [("hpa.json", Evaluation.horizontal), ("keda.json", .keda)] {
            for (index, snapshot) in try Fixture.snapshots(name).enumerated() {
                let bytes = Array(JSONText.write(snapshot).utf8)
                var numbers = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 | 1
                func random(_ count: Int) -> Int {
                    numbers ^= numbers << 13
                    numbers ^= numbers >> 7
                    numbers ^= numbers << 17
                    return Int(numbers % UInt64(count))
                }
                for _ in 0..<40 {
                    var changed = bytes
                    for _ in 0...random(3) {
                        let place = random(changed.count)
                        switch random(5) {
                        case 0: changed = Array(changed[..<place])
                        case 1: changed[place] = UInt8(random(128))
                        case 2: changed.remove(at: place)
                        case 3:
                            changed.insert(contentsOf: "-99999999999999999999e9".utf8, at: place)
                        default: changed.insert(UInt8(ascii: "9"), at: place)
                        }
                        if changed.isEmpty { break }
                    }
                    _ = try? evaluation.answers(to: Data(changed))
                }
            }
        }
    }

    @Test("Numbers of any size in any place are answered or refused, never more")
    func hugeNumbers() throws {
        let extremes = ["99999999999999999999", "-99999999999999999999", "1e300", "0", "-1", "2.5"]
        for (name, evaluation) in [("hpa.json", Evaluation.horizontal), ("keda.json", .keda)] {
            for snapshot in try Fixture.snapshots(name) {
                for extreme in extremes {
                    for isText in [false, true] {
                        let changed = snapshot.replacingNumbers(by: extreme, isText: isText)
                        _ = try? evaluation.answers(to: Data(JSONText.write(changed).utf8))
                    }
                }
            }
        }
    }
}

extension Node {
    /// The same with another number in the place of every number, or quantity in that of every quantity.
    fileprivate func replacingNumbers(by number: String, isText: Bool) -> Node {
        switch content {
        case .map(let members):
            return Node(
                .map(members.mapValues { $0.replacingNumbers(by: number, isText: isText) }))
        case .list(let items):
            return Node(.list(items.map { $0.replacingNumbers(by: number, isText: isText) }))
        case .number where !isText: return Node(.number(number))
        case .text(let text) where isText && text.first?.isNumber == true:
            return Node(.text(number))
        default: return self
        }
    }
}
