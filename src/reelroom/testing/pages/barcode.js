"use strict";
// The programme's picture as numbers. reelroom/testing/barcode.py draws and reads the same; keep the two alike.
//
// The picture is 8 rows of 16 cells. Rows 0 and 1 hold 32 bits, most significant first, white for 1: a counter of
// 24 bits and its CRC-8. Rows 6 and 7 hold them again, so that a picture broken anywhere disagrees with itself.
// The four rows between show dark movement, or white during a flash.

const barcode = (() => {
  const COLUMNS = 16;
  const ROWS = 8;
  const BITS = 32;
  const COUNTERS = 1 << 24;

  // CRC-8, polynomial 0x07, starting at 0x5A so that neither a black nor a white picture is a valid one.
  function checksum(counter) {
    let crc = 0x5a;
    for (const shift of [16, 8, 0]) {
      crc ^= (counter >> shift) & 0xff;
      for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
    }
    return crc;
  }

  function bits(counter) {
    const word = (counter % COUNTERS) * 256 + checksum(counter % COUNTERS);
    return Array.from({ length: BITS }, (_, i) => Math.floor(word / 2 ** (BITS - 1 - i)) % 2);
  }

  // Draws a frame. `detail`: how many random specks cost the encoder bits. `colour`: "RRGGBB", so that mixed pictures
  // can be told apart: the rows between are of this colour, with a white cell at either end that cropping takes away.
  function draw(context, width, height, counter, flash, detail, colour = "") {
    context.fillStyle = flash ? "#fff" : "#282828";
    context.fillRect(0, 0, width, height);
    if (!flash) drawMovement(context, width, height, counter, detail);
    if (colour) drawColour(context, width, height, colour);
    const cells = bits(counter);
    for (const top of [0, ROWS - 2]) {
      for (let i = 0; i < BITS; i++) {
        const [left, right] = [i % COLUMNS, (i % COLUMNS) + 1].map((x) => Math.round((x * width) / COLUMNS));
        const [up, down] = [0, 1].map((y) => Math.round(((top + Math.floor(i / COLUMNS) + y) * height) / ROWS));
        context.fillStyle = cells[i] ? "#fff" : "#000";
        context.fillRect(left, up, right - left, down - up);
      }
    }
  }

  function drawColour(context, width, height, colour) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.fillStyle = `#${colour}`;
    context.fillRect(width / COLUMNS, 0, width * (1 - 2 / COLUMNS), height);
  }

  function drawMovement(context, width, height, counter, detail) {
    const x = ((counter * 7) % 200) / 200;
    context.fillStyle = "#3a5a4a";
    context.fillRect(x * width * 0.75, height * 0.3, width / 4, height * 0.4);
    for (let i = 0; i < detail; i++) {
      context.fillStyle = `hsl(${(counter * 13 + i * 47) % 360} 40% 20%)`;
      context.fillRect(Math.random() * width, height * (0.26 + 0.46 * Math.random()), width / 40, height / 40);
    }
  }

  // Reads ImageData: {counter} or {counter: -1} when the picture is broken, and the brightness 0..255 of its middle.
  function read(image) {
    const top = readStrip(image, 0);
    const bottom = readStrip(image, ROWS - 2);
    return { counter: top === bottom ? top : -1, brightness: mean(image, 0, 2.5, COLUMNS, 5.5) };
  }

  function readStrip(image, row) {
    let word = 0;
    for (let i = 0; i < BITS; i++) {
      const [x, y] = [i % COLUMNS, row + Math.floor(i / COLUMNS)];
      word = word * 2 + (mean(image, x + 0.25, y + 0.25, x + 0.75, y + 0.75) > 127 ? 1 : 0);
    }
    const counter = Math.floor(word / 256);
    return checksum(counter) === word % 256 ? counter : -1;
  }

  // Mean green of a rectangle in cells, which is close enough to brightness.
  function mean(image, left, top, right, bottom) {
    const [x0, x1] = [left, right].map((x) => Math.floor((x * image.width) / COLUMNS));
    const [y0, y1] = [top, bottom].map((y) => Math.floor((y * image.height) / ROWS));
    const step = Math.max(1, Math.floor((x1 - x0) / 16));
    let sum = 0;
    let count = 0;
    for (let y = y0; y <= y1 && y < image.height; y += step) {
      for (let x = x0; x <= x1 && x < image.width; x += step) {
        sum += image.data[4 * (y * image.width + x) + 1];
        count++;
      }
    }
    return sum / count;
  }

  return { draw, read };
})();
