package import ControlPlane
package import Foundation
import Snapshots

/// What a policy says.
package enum PolicyReply: Hashable, Sendable {
    /// That it is there, and what people call it.
    case hello(name: String)
    /// How many replicas it wants, and of which observation it speaks if it says so.
    case decision(PolicyAnswer, number: Int?)
    /// That it has taken notice of the end.
    case end
    /// Why it cannot go on.
    case failure(String)

    /// Reads a message.
    ///
    /// - Throws: ``PolicyError`` that says what is wrong with it, as the rest of a sentence whose
    ///   subject is the policy.
    package init(_ bytes: Data) throws(PolicyError) {
        let message = try Self.object(in: bytes)
        switch try message.text("type") {
        case "hello":
            let version = try message.whole("protocol")
            guard version == PolicyProtocol.version else {
                throw PolicyError(
                    "speaks version \(version) of the protocol, this Topple version "
                        + "\(PolicyProtocol.version)")
            }
            self = .hello(name: tidy(try message.optionalText("name") ?? "", limit: 64))
        case "decision":
            self = .decision(
                PolicyAnswer(
                    replicas: try message.replicas(),
                    reason: tidy(
                        try message.optionalText("reason") ?? "",
                        limit: PolicyProtocol.longestReason)),
                number: try message.optionalWhole("number"))
        case "end": self = .end
        case "error": self = .failure(tidy(try message.text("message"), limit: 2_000))
        case let other:
            throw PolicyError(
                "sent a message of the unknown type '\(tidy(other, limit: 40))'; there are hello, "
                    + "decision, end and error")
        }
    }

    /// The members of the object that a message is.
    static func object(in bytes: Data) throws(PolicyError) -> MessageObject {
        let node: Node
        do throws(SnapshotError) {
            node = try JSONText.read(bytes)
        } catch {
            let text = tidy(String(decoding: bytes.prefix(80), as: UTF8.self), limit: 80)
            throw PolicyError("sent what is \(error.message): \(text)")
        }
        guard case .map(let members) = node.content else {
            throw PolicyError("sent JSON that is no object")
        }
        return MessageObject(members: members)
    }
}

/// The members of a message, and the readings of them that are needed.
///
/// Names that are not asked for are left aside: later versions may add some.
struct MessageObject {
    let members: [String: Node]

    /// A member; `nil` if it is absent or null.
    private func member(_ key: String) -> Node? {
        guard let node = members[key], node.content != .null else { return nil }
        return node
    }

    func optionalText(_ key: String) throws(PolicyError) -> String? {
        guard let node = member(key) else { return nil }
        guard case .text(let text) = node.content else {
            throw PolicyError("sent a message whose `\(key)` is not a text")
        }
        return text
    }

    func text(_ key: String) throws(PolicyError) -> String {
        guard let text = try optionalText(key) else { throw missing(key) }
        return text
    }

    func optionalWhole(_ key: String) throws(PolicyError) -> Int? {
        guard let node = member(key) else { return nil }
        guard case .number(let text) = node.content, let whole = Int(text) else {
            throw PolicyError("sent a message whose `\(key)` is not a whole number")
        }
        return whole
    }

    func whole(_ key: String) throws(PolicyError) -> Int {
        guard let whole = try optionalWhole(key) else { throw missing(key) }
        return whole
    }

    func seed(_ key: String) throws(PolicyError) -> UInt64? {
        guard let node = member(key) else { return nil }
        guard case .number(let text) = node.content, let seed = UInt64(text) else {
            throw PolicyError("sent a message whose `\(key)` is not a whole number from 0 to 2⁶⁴-1")
        }
        return seed
    }

    /// Seconds of simulated time, 0 or more.
    func seconds(_ key: String) throws(PolicyError) -> Double? {
        guard let node = member(key) else { return nil }
        guard case .number(let text) = node.content, let number = Double(text), number.isFinite,
            number >= 0
        else { throw PolicyError("sent a message whose `\(key)` is not a number of seconds") }
        return number
    }

    /// How many replicas are wanted, ascending by name.
    func replicas() throws(PolicyError) -> [(name: String, replicas: Int)] {
        guard let wanted = try optionalReplicas() else { throw missing("replicas") }
        return wanted
    }

    func optionalReplicas() throws(PolicyError) -> [(name: String, replicas: Int)]? {
        guard let node = member("replicas") else { return nil }
        guard case .map(let services) = node.content else {
            throw PolicyError("sent `replicas` that is not an object, such as {\"a\": 5}")
        }
        var wanted: [(name: String, replicas: Int)] = []
        for (name, value) in services.sorted(by: { $0.key < $1.key }) {
            let shown = tidy(name, limit: 64)
            guard case .number(let text) = value.content else {
                throw PolicyError("wants replicas of '\(shown)' that are not a number")
            }
            guard let replicas = Int(text) else {
                throw PolicyError(
                    "wants \(text) replicas of '\(shown)'; a number is whole and below 2⁶³")
            }
            wanted.append((name, replicas))
        }
        return wanted
    }

    private func missing(_ key: String) -> PolicyError {
        PolicyError("sent a message without `\(key)`")
    }
}

/// A text from outside, fit to be shown: shortened, without control characters.
func tidy(_ text: String, limit: Int) -> String {
    String(
        text.unicodeScalars.prefix(limit).reduce(into: String.UnicodeScalarView()) { kept, scalar in
            let isControl = scalar.properties.generalCategory == .control
            kept.append(isControl || scalar.properties.isBidiControl ? " " : scalar)
        })
}
