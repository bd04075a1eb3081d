// Replaces the page by what measure reads of it: how high each summary is, and what in it a reader would
// have to scroll sideways, with its folds open.
const articles = [...document.querySelectorAll('article')];
const heights = articles.map((article) => Math.ceil(article.getBoundingClientRect().height));

// widest is the text that takes up the most room in an element.
function widest(element) {
  const width = (e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    return range.getBoundingClientRect().width;
  };
  const leaves = [element, ...element.querySelectorAll('*')].filter((e) => e.childElementCount === 0);
  return leaves.reduce((a, b) => (width(b) > width(a) ? b : a)).textContent.trim();
}

function tooWide(article) {
  return [article, ...article.querySelectorAll('table, pre')]
    .filter((e) => e.scrollWidth > e.clientWidth)
    .map((e) => ({element: e.localName, width: e.scrollWidth, room: e.clientWidth, widest: widest(e)}));
}

document.querySelectorAll('details').forEach((fold) => { fold.open = true; });
document.body.textContent = JSON.stringify(articles.map((article, i) => ({height: heights[i], tooWide: tooWide(article)})));
