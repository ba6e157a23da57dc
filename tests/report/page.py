#!/usr/bin/env python3
"""The report's page in headless Chromium: a small study with hostile names is run and reported in
both languages; then the page is opened and used as a reader would.

usage: page.py RESLAB [FOLDER]   FOLDER is kept, with screenshots; otherwise a temporary one is used

Exits with 77 (skipped) where Chromium or selenium is missing."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SKIPPED = 77
CHROMEDRIVER = "/usr/bin/chromedriver"
ALERT = "<script>alert(1)</script>"
STUDY_NAME = ALERT + " \"double\" 'single' `back` $(id)"
GROUP_NAME = "</script><img src=x onerror=alert(1)> `b` | \"q\""
CLAIM = ALERT + "</h3></section> \"relu\" 'beats' `sigmoid`"
STUDY = f"""\
name: {json.dumps(STUDY_NAME)}
settings: {{data: shapes, width: 4, limit_train: 64, limit_test: 40, batch_size: 16, epochs: 2, threads: 1}}
seeds: [1, 2]
groups:
  activations: {{vary: {{activation: [sigmoid, relu]}}, figure: train_loss}}
  optimizers: {{vary: {{optimizer: [sgd, momentum]}}, figure: test_accuracy}}
  {json.dumps(GROUP_NAME)}: {{vary: {{model: [resnet18, resnet18-ghost]}}, figure: training_record}}
claims:
  - {{group: activations, better: relu, than: sigmoid, text: {json.dumps(CLAIM)}}}
"""
# function, derivative and loss; accuracy; loss and accuracy. The module's drawing is no chart.
CHARTS, DRAWINGS = 6, 7


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
except ImportError:
    skip("python3-selenium is not installed")


def start_browser():
    options = Options()
    options.add_argument("--headless=new")
    options.add_argument("--window-size=1280,900")
    options.add_argument("--disable-gpu")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(CHROMEDRIVER), options=options)


def requested_addresses(browser):
    """What the page asked the network for, as DevTools tells."""
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


class Page(unittest.TestCase):
    """Opens the page in one language; both languages are subclasses."""
    lang = None
    folder = None

    @classmethod
    def setUpClass(cls):
        cls.path = cls.folder / f"report-{cls.lang}.html"
        cls.browser = start_browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def setUp(self):
        self.browser.get("about:blank")
        for log in ("browser", "performance"):  # of the tests before
            self.browser.get_log(log)
        self.browser.get(self.path.as_uri())

    def screenshot(self, name):
        self.browser.save_screenshot(str(self.folder / f"{self.lang}-{name}.png"))

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def test_console_and_network(self):
        self.browser.execute_script("window.scrollTo(0, document.body.scrollHeight)")
        self.screenshot("end")
        self.assertEqual(self.browser.get_log("browser"), [])
        addresses = list(requested_addresses(self.browser))
        self.assertIn(self.path.as_uri(), addresses)
        for address in addresses:
            self.assertTrue(address == self.path.as_uri() or address.startswith("data:"), address)

    def test_structure(self):
        html = self.find("html")[0]
        self.assertTrue(html.get_attribute("lang").startswith(self.lang))
        self.assertEqual(self.browser.title, STUDY_NAME)
        self.assertEqual([h.text for h in self.find("h1")], [STUDY_NAME])
        for link in self.find("nav a"):
            target = link.get_attribute("href").split("#")[1]
            self.assertEqual(len(self.find(f"[id='{target}']")), 1, target)
        for element in self.find("[id]"):
            name = element.get_attribute("id")
            self.assertEqual(len(self.find(f"[id='{name}']")), 1, name)
        self.assertGreaterEqual(len(self.find("nav a")), 7)

    def test_hostile_names_are_text(self):
        self.assertEqual(self.find("img[onerror], img:not([src^='data:'])"), [])
        self.assertIn(GROUP_NAME, self.browser.find_element(By.TAG_NAME, "main").text)

    def test_claims(self):
        claims = self.find("section.claim h3")
        self.assertEqual(len(claims), 1)
        self.assertIn(CLAIM, claims[0].text)
        self.assertEqual(len(self.find("section.claim.waiting .outcome")), 1)  # of two seeds

    def test_sample_sheet(self):
        images = self.find(".image img")
        self.assertEqual(len(images), 1)
        width = self.browser.execute_script("return arguments[0].naturalWidth", images[0])
        self.assertEqual(width, 10 * 32 + 9 * 2)

    def test_charts_are_alive(self):
        data = json.loads(self.find("#chart-data")[0].get_attribute("textContent"))
        self.assertEqual(len(data), CHARTS)
        self.assertEqual(len(self.find(".chart.rl-alive")), CHARTS)
        self.assertEqual(len(self.find(".rl-live canvas")) // 2, CHARTS)

    def test_hover_shows_values(self):
        charts = self.find(".chart.rl-alive")
        self.assertEqual(len(charts), CHARTS)
        for chart in charts:
            plot = chart.find_element(By.CSS_SELECTOR, ".rl-plot")
            values = chart.find_element(By.CSS_SELECTOR, ".rl-values")
            self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
            texts = []
            for share in (-0.25, 0.4):
                offset = int(share * plot.size["width"])
                ActionChains(self.browser).move_to_element_with_offset(plot, offset, 0).perform()
                texts.append(values.text)
            self.assertNotEqual(texts[0], texts[1])
            self.assertRegex(texts[0], r"\d")
        self.screenshot("hover")

    def test_arms_can_be_toggled(self):
        chart = self.find(".chart.rl-alive")[0]
        boxes = chart.find_elements(By.CSS_SELECTOR, ".rl-toggle input")
        plot = chart.find_element(By.CSS_SELECTOR, ".rl-plot")
        values = chart.find_element(By.CSS_SELECTOR, ".rl-values")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
        for shown in (False, True):
            boxes[0].click()
            ActionChains(self.browser).move_to_element_with_offset(plot, 40, 0).perform()
            self.assertEqual("sigmoid" in values.text, shown, values.text)
            self.assertIn("relu", values.text)

    def test_without_scripts(self):
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            self.browser.get(self.path.as_uri())
            drawings = self.find(".chart > svg")
            self.assertEqual(len(drawings), DRAWINGS)
            for drawing in drawings:
                self.assertTrue(drawing.is_displayed())
                self.assertGreater(drawing.size["width"], 300)
            self.assertEqual(self.find(".rl-live"), [])
        finally:
            self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def test_phone(self):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True})
        try:
            self.browser.get(self.path.as_uri())
            width = self.browser.execute_script("return document.documentElement.scrollWidth")
            self.assertEqual(width, 390)
            self.screenshot("phone")
        finally:
            self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def test_dark_and_light(self):
        """Letters and ground change places."""
        shades = {}
        for scheme in ("light", "dark"):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
                {"name": "prefers-color-scheme", "value": scheme}]})
            shades[scheme] = [self.brightness("html", "backgroundColor"),
                              self.brightness("h1", "color")]
            self.screenshot(scheme)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        self.assertGreater(shades["light"][0], 200)
        self.assertLess(shades["light"][1], 60)
        self.assertLess(shades["dark"][0], 60)
        self.assertGreater(shades["dark"][1], 200)

    def brightness(self, selector, prop):
        color = self.browser.execute_script(
            "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]",
            selector, prop)
        channels = [float(v) for v in re.findall(r"[\d.]+", color)[:3]]
        return sum(channels) / 3


class English(Page):
    lang = "en"


class Chinese(Page):
    lang = "zh"


del Page  # not to be run by itself


def prepare(reslab, folder):
    """Runs the study and leaves report-en.html and report-zh.html in `folder`."""
    study = folder / "hostile.yaml"
    study.write_text(STUDY, encoding="utf-8")
    out = folder / "study"
    subprocess.run([reslab, "study", "run", study, "--out", out], check=True,
                   stdout=subprocess.DEVNULL)
    for lang in ("en", "zh"):
        subprocess.run([reslab, "report", out, "--lang", lang], check=True,
                       stdout=subprocess.DEVNULL)
        shutil.copy(out / "report.html", folder / f"report-{lang}.html")


def main():
    reslab = os.path.abspath(sys.argv[1])
    if not os.access(CHROMEDRIVER, os.X_OK):
        skip(f"{CHROMEDRIVER} is not installed")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2] if len(sys.argv) > 2 else temporary).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        prepare(reslab, folder)
        English.folder = Chinese.folder = folder
        program = unittest.main(argv=[sys.argv[0]], exit=False)
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
