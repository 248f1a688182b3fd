/// What is wrong with a snapshot or a manifest: where, what, and what to do about it.
package struct SnapshotError: Error, Hashable, Sendable {
    /// The file as the user named it; empty until it is known.
    package var file: String
    /// From 1; 0 if it is not known.
    package var line: Int
    /// The field, such as `pods[2].phase`; empty for the whole text.
    package var path: String
    package var message: String
    package var remedy: String

    package init(
        file: String = "", line: Int = 0, path: String = "", message: String, remedy: String
    ) {
        self.file = file
        self.line = line
        self.path = path
        self.message = message
        self.remedy = remedy
    }

    /// The same, with the name of the file.
    package func inFile(_ name: String) -> Self {
        var named = self
        named.file = name
        return named
    }
}

extension SnapshotError: CustomStringConvertible {
    /// `file:line: error: path: message`, then the remedy on a line of its own.
    package var description: String {
        var text = file
        if line > 0 { text += ":\(line)" }
        if !text.isEmpty { text += ": " }
        text += "error: "
        if !path.isEmpty { text += "\(path): " }
        return text + "\(message)\n  fix: \(remedy)"
    }
}
