import Foundation
import Results

/// The report of a run: one HTML file that needs nothing else.
package struct ReportPage {
    private let run: RunView
    private let path: String

    /// - Parameters:
    ///   - run: what it is about.
    ///   - path: of the result folder, shown in the page's foot.
    package init(_ run: RunView, path: String) {
        self.run = run
        self.path = path
    }

    /// The whole text. O(services × intervals).
    package var html: String {
        let summary = run.summary
        let graph = GraphDrawing(run)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>\(escaped(summary.name)), seed \(summary.seed)</title>
            <style>\(Self.resource(PackageResources.report_css))</style>
            </head>
            <body>
            \(header)
            \(timeBar)
            <main>
            \(usersSection)
            \(graphSection(graph))
            \(section("heat", "Services against time", heatBody))
            \(section("series", "Services over time", seriesBody))
            \(ledgerSection)
            \(section("events", "Events", eventsBody))
            \(Self.tables(summary))
            \(definitions)
            </main>
            <footer>\(footer(graph))</footer>
            <script type="application/json" id="data">\(PageData(run).json)</script>
            <script>\(script)</script>
            </body>
            </html>

            """
    }

    private static func resource(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private var script: String {
        [
            PackageResources.data_js, PackageResources.charts_js, PackageResources.graph_js,
            PackageResources.heat_js, PackageResources.page_js,
        ].map(Self.resource).joined(separator: "\n")
    }

    // MARK: Parts

    /// A word that shows its definition when it is clicked.
    static func term(_ id: String, _ words: String) -> String {
        "<button class=\"term\" popovertarget=\"def-\(id)\">\(escaped(words))</button>"
    }

    private func section(_ id: String, _ title: String, _ body: String) -> String {
        "<section id=\"\(id)\"><h2>\(title)</h2>\n\(body)\n</section>"
    }

    private var header: String {
        let summary = run.summary
        let verdict = summary.verdict
        let state = verdict?.state.rawValue ?? "no trigger"
        let words = verdict?.words ?? "nothing happened to the system from outside in this run"
        var loops = ""
        if let effects = verdict?.effects, !effects.isEmpty {
            loops = "<p class=\"loops\">\(Self.term("effects", "Loops")): "
            loops += effects.map { escaped($0.words) }.joined(separator: "; ") + "</p>"
        }
        let broken = summary.violations.map {
            "<p class=\"broken\">law broken: \(escaped($0))</p>"
        }.joined()
        return """
            <header>
            <h1>\(escaped(summary.name)) <small>seed \(summary.seed), \
            \(short(summary.simulatedSeconds)) s simulated, \
            \(grouped(summary.services.count)) services</small></h1>
            \(broken)
            <p class="verdict \(state.replacing(" ", with: "-"))">\
            <button class="state" popovertarget="def-verdict">\(state)</button> \(escaped(words))</p>
            \(loops)
            <div class="figures">\(figures)</div>
            </header>
            """
    }

    private var figures: String {
        let own = run.summary.figures
        let ended = own.userSuccesses + own.userFailures
        let share = ended > 0 ? Double(own.userFailures) / Double(ended) : 0
        var cards = [
            ("userCalls", "users' calls", grouped(Int(clamping: own.userCalls)), ""),
            (
                "userFailures", "failed calls", grouped(Int(clamping: own.userFailures)),
                percentage(share)
            ),
            (
                "errorSeconds", "error-seconds", short(own.errorSeconds),
                "of \(short(run.seconds)) s"
            ),
            (
                "userLatency", "users' latency", own.latencyP50.map(duration) ?? "-",
                "p99 " + (own.latencyP99.map(duration) ?? "-")
            ),
        ]
        if run.summary.verdict != nil {
            cards.append(
                (
                    "secondsToRecover", "time to recover",
                    own.secondsToRecover.map(duration)
                        ?? (own.verdict == .metastable ? "never" : "unknown"), ""
                ))
        }
        if let worst = run.summary.worstTier {
            let names = worst.services.prefix(2).joined(separator: ", ")
            let more = worst.services.count > 2 ? " +\(worst.services.count - 2)" : ""
            cards.append(
                (
                    "worstTier", "worst tier", "\(worst.tier): \(names)\(more)",
                    percentage(worst.share) + " of its requests"
                ))
        }
        cards.append(
            (
                "replicaHours", "replica time", short(own.replicaSeconds / 3_600) + " h",
                own.nodeSeconds.map { "nodes \(short($0 / 3_600)) h" } ?? ""
            ))
        return cards.map { id, title, value, note in
            "<div class=\"card\">\(Self.term(id, title))<b>\(escaped(value))</b>"
                + "<i>\(escaped(note))</i></div>"
        }.joined(separator: "\n")
    }

    private var timeBar: String {
        """
        <nav id="bar" aria-label="time">
        <button id="play" aria-label="play">▶</button>
        <input id="time" type="range" min="0" max="\(max(run.ends.count - 1, 0))" value="0" \
        aria-label="time"/>
        <output id="now"></output>
        <label>show <select id="measure"></select></label>
        <a href="#users">users</a><a href="#calls">graph</a><a href="#heat">heat map</a>\
        <a href="#series">series</a><a href="#ledger">ledger</a><a href="#events">events</a>\
        <a href="#tables">tables</a><a href="#definitions">definitions</a>
        </nav>
        <noscript><p>The drawings over time need JavaScript; the numbers below do not.</p></noscript>
        """
    }

    private var usersSection: String {
        section(
            "users", "Users",
            "<div id=\"user-charts\" class=\"charts\"></div>")
    }

    private func graphSection(_ graph: GraphDrawing) -> String {
        section(
            "calls", "Call graph",
            """
            <p class="hint">Services are coloured by the chosen measure at the time of the slider, \
            edges by the share of their attempts that fail and as wide as their attempts are many. \
            Drag to move, scroll with Ctrl to zoom; click on a service to see its series.</p>
            <div class="legend" id="graph-legend"></div>
            <div class="canvas" id="graph-box">\(graph.svg)</div>
            """)
    }

    private var heatBody: String {
        """
        <div class="controls"><label>order <select id="order"><option value="tier">by tier</option>\
        <option value="first">by first trouble</option><option value="name">by name</option>\
        </select></label><span class="legend" id="heat-legend"></span></div>
        <div id="heat-map"></div>
        """
    }

    private var seriesBody: String {
        """
        <div class="controls"><label>services <input id="find" type="search" list="names" \
        placeholder="name, or empty for the worst"/></label><datalist id="names">\
        \(run.services.map { "<option>\(escaped($0.name))</option>" }.joined())</datalist>\
        <span id="shown"></span></div>
        <div id="service-charts"></div>
        """
    }

    private var ledgerSection: String {
        let flow = FlowDrawing(flow: LedgerFlow(run.summary))
        let causes = CauseDrawing(flow: CauseFlow(run.summary))
        let keys = causes.legend.map { "<span class=\"key \($0.kind)\"></span>\($0.name)" }
            .joined(separator: " ")
        let tiers = run.summary.ledger.tiers.map { tier in
            "<tr><td>\(tier.tier)</td><td>\(escaped(tier.callers.joined(separator: ", ")))</td>"
                + [tier.calls, tier.attempts, tier.retries, tier.hedges].map {
                    "<td>\(grouped(Int(clamping: $0)))</td>"
                }.joined()
                + "<td>\(short(tier.amplification))</td><td>\(short(tier.attemptsPerUserCall))</td></tr>"
        }.joined(separator: "\n")
        return section(
            "ledger", "Ledger",
            """
            <h3>\(Self.term("ledger", "Where core time went"))</h3>
            <div class="canvas">\(flow.svg)</div>
            <h3>\(Self.term("causes", "What made the requests"))</h3>
            <p class="legend">\(keys)</p>
            <div class="canvas">\(causes.svg)</div>
            <div class="scroll"><table><thead><tr><th>\(Self.term("tier", "tier"))</th><th>callers</th>\
            <th>\(Self.term("columnCalls", "calls"))</th><th>\(Self.term("attempts", "attempts"))</th>\
            <th>\(Self.term("retries", "retries"))</th><th>hedges</th>\
            <th>\(Self.term("amplification", "attempts a call"))</th>\
            <th>\(Self.term("amplification", "a user's call"))</th></tr></thead>
            <tbody>\(tiers)</tbody></table></div>
            """)
    }

    private var eventsBody: String {
        """
        <p>\(Self.term("events", "What counts as an event"))</p>
        <div id="timeline"></div>
        <div class="controls" id="event-kinds"></div>
        <div class="scroll tall"><table id="event-table"><thead><tr><th>time, s</th><th>what</th>\
        <th>where</th><th>words</th></tr></thead><tbody></tbody></table></div>
        """
    }

    private var definitions: String {
        let list = Definition.all.map {
            "<dt id=\"definition-\($0.id)\">\(escaped($0.title))</dt><dd>\(escaped($0.text))</dd>"
        }.joined(separator: "\n")
        let popovers = Definition.all.map {
            "<div popover=\"auto\" class=\"definition\" id=\"def-\($0.id)\"><b>\(escaped($0.title))</b>"
                + "<p>\(escaped($0.text))</p></div>"
        }.joined(separator: "\n")
        return section("definitions", "Definitions", "<dl>\(list)</dl>\n\(popovers)")
    }

    private func footer(_ graph: GraphDrawing) -> String {
        let summary = run.summary
        return """
            \(Self.term("digest", "digest")) \(summary.digest) · topology \
            \(summary.topologyHash.prefix(16)) · Topple \(escaped(summary.version)) · \
            \(escaped(path)) · graph laid out by \(graph.layout.maker)
            """
    }
}
