import Foundation
import Reporting
import Results
import Testing

@Suite("The page of a run")
struct ReportPageTests {
    private func page() throws -> (html: String, run: WrittenRun) {
        let written = try WrittenRun(steadyText)
        return (ReportPage(try written.view(), path: "results/steady").html, written)
    }

    @Test("loads nothing from anywhere")
    func selfContained() throws {
        let (html, _) = try page()
        let plain = html.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
        for sign in [
            "http:", "https:", "//cdn", "<link", "<iframe", "<img", " src=", "@import", "fetch(",
            "XMLHttpRequest", "import(", "WebSocket",
        ] { #expect(!plain.contains(sign), "the page has \(sign)") }
        let addresses = plain.matches(of: /url\(([^)]*)\)/).map { String($0.1) }
        #expect(addresses.allSatisfy { $0.hasPrefix("#") })
        let links = plain.matches(of: /href="([^"]*)"/).map { String($0.1) }
        #expect(!links.isEmpty && links.allSatisfy { $0.hasPrefix("#") })
    }

    @Test("is well formed: every element that opens closes, in order")
    func wellFormed() throws {
        let (html, _) = try page()
        #expect(html.hasPrefix("<!DOCTYPE html>\n"))
        var open: [Substring] = []
        var rest = html.dropFirst("<!DOCTYPE html>".count)
        while let start = rest.firstIndex(of: "<") {
            rest = rest[start...]
            let end = try #require(rest.firstIndex(of: ">"))
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            let name = tag.drop { $0 == "/" }.prefix { !$0.isWhitespace && $0 != "/" }
            if tag.hasPrefix("/") {
                #expect(open.popLast() == name)
            } else if !tag.hasSuffix("/") {
                open.append(name)
                // What stands in these is no HTML.
                if name == "script" || name == "style" {
                    let close = try #require(rest.range(of: "</\(name)>"))
                    rest = rest[close.lowerBound...]
                }
            }
            #expect(tag.filter { $0 == "\"" }.count % 2 == 0, "\(tag)")
        }
        #expect(open.isEmpty)
    }

    @Test("names every service and edge, and defines every number")
    func complete() throws {
        let (html, run) = try page()
        for service in run.summary.services { #expect(html.contains("<td>\(service.name)</td>")) }
        for edge in run.summary.edges { #expect(html.contains("\(edge.from) → \(edge.to)</td>")) }
        for definition in Definition.all {
            #expect(html.contains("id=\"def-\(definition.id)\""))
            #expect(html.contains("<dt id=\"definition-\(definition.id)\">"))
        }
        let ids = Set(Definition.all.map(\.id))
        #expect(ids.count == Definition.all.count)
        for match in html.matches(of: /popovertarget="def-([A-Za-z0-9]+)"/) {
            #expect(ids.contains(String(match.1)), "\(match.1) is not defined")
        }
        for measure in Measure.allCases { #expect(ids.contains(Definition.id(of: measure))) }
        #expect(html.contains("fault store-slow"))
        #expect(html.contains(run.summary.digest))
    }

    @Test("of four hundred services over ten minutes stays small", .timeLimit(.minutes(1)))
    func size() {
        // Numbers that compress badly: every column moves all the time.
        let columns = 400 * 12
        let values = (0..<600).map { (sin(Double($0) * 1.7) + 1) * 123.4 }
        let bytes = PackedSeries.pack(values).utf8.count * columns
        #expect(bytes < 9_000_000)
    }

    @Test(
        "draws itself in a browser, without an error",
        .enabled(
            if: isInstalled("chromium")
                && ProcessInfo.processInfo.environment["TOPPLE_SLOW_TESTS"] == "1"),
        .timeLimit(.minutes(1)))
    func browser() throws {
        let (html, run) = try page()
        let file = run.path + "/report.html"
        // The script's first error would end it; the mark is set after everything is drawn.
        let marked = html.replacingOccurrences(
            of: "</body>", with: "<script>document.title = 'drawn'</script></body>")
        try marked.write(toFile: file, atomically: false, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "timeout", "50", "chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--user-data-dir=\(run.path)/profile", "--virtual-time-budget=3000", "--dump-dom",
            "file://" + file,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let dom = String(
            decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(dom.contains("<canvas"))
        #expect(dom.matches(of: /class="chart"/).count == 2 + 2 * 6)
        #expect(dom.contains("<option value=\"bad\">"))
        #expect(dom.contains("data-event=\"0\""))
    }
}
